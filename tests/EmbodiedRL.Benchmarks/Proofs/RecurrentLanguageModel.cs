using EmbodiedRL.Core;
using EmbodiedRL.Models.Networks;
using EmbodiedRL.Models.Tensors;
using EmbodiedRL.Rewards.Sources;
using TorchSharp;
using static TorchSharp.torch;

namespace EmbodiedRL.Benchmarks.Proofs;

/// <summary>A language model of words: a gated recurrent unit and a linear layer.</summary>
internal sealed class RecurrentLanguageModel : ILikelihoodModel, IDisposable
{
    private const int Hidden = 96;

    private readonly string[] _words; // the first pads
    private readonly GruNetwork _memory;
    private readonly MlpModule _next;

    /// <param name="words">All there are.</param>
    /// <param name="seed">Of the first weights.</param>
    public RecurrentLanguageModel(string[] words, ulong seed)
    {
        _words = ["", .. words];
        int[] sizes = [Hidden, _words.Length];
        Parameters = new ParameterVector(CPU, [.. GruNetwork.Shapes("memory", _words.Length, Hidden), .. Mlp.Shapes("next", sizes)]);
        var rng = Rng.For(seed, "language model");
        GruNetwork.Initialize(Parameters, "memory", _words.Length, Hidden, ref rng);
        Mlp.Initialize(Parameters, "next", sizes, 1, ref rng);
        (_memory, _next) = (new GruNetwork(Parameters, "memory", _words.Length, Hidden), new MlpModule(Parameters, "next", sizes));
    }

    public string Name => "words";

    public ParameterVector Parameters { get; }

    /// <summary>Words and line ends.</summary>
    public static string[] Split(string text) =>
        text.Replace("\n", " \n ", StringComparison.Ordinal).Split(' ', StringSplitOptions.RemoveEmptyEntries);

    public int[] Tokens(string text) => [.. Split(text).Select(word => Array.IndexOf(_words, word) is > 0 and int place
        ? place : throw new UnknownNameException("word", word, _words))];

    public ValueTask<IReadOnlyList<float[]>> LogProbabilitiesAsync(IReadOnlyList<Continuation> continuations, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        using DisposeScope scope = NewDisposeScope();
        using IDisposable still = no_grad();
        int[][] contexts = [.. continuations.Select(part => Tokens(part.Context))],
            texts = [.. continuations.Select((part, i) => contexts[i].Concat(Tokens(part.Text)).ToArray())];
        float[] all = LogProbabilities(texts).contiguous().data<float>().ToArray();
        int count = texts.Length;
        return ValueTask.FromResult<IReadOnlyList<float[]>>([.. texts.Select((text, i) =>
            Enumerable.Range(contexts[i].Length, text.Length - contexts[i].Length).Select(t => all[((t - 1) * count) + i]).ToArray())]);
    }

    /// <summary>[T - 1, B]: of token t + 1 after those before it; 0 where a text has ended.</summary>
    public Tensor LogProbabilities(IReadOnlyList<int[]> texts)
    {
        int steps = texts.Max(text => text.Length), count = texts.Count;
        long[] tokens = new long[steps * count];
        for (int i = 0; i < count; i++)
            for (int t = 0; t < texts[i].Length; t++) tokens[(t * count) + i] = texts[i][t];
        Tensor ids = tensor(tokens).view(steps, count), inputs = ids[TensorIndex.Slice(0, steps - 1)], targets = ids[TensorIndex.Slice(1)];
        (Tensor hidden, _) = _memory.forward(OneHot(inputs), zeros(count, Hidden), zeros(steps - 1, count));
        Tensor chosen = _next.forward(hidden).log_softmax(-1).gather(-1, targets.unsqueeze(-1)).squeeze(-1);
        return chosen * targets.ne(0).to(ScalarType.Float32);
    }

    /// <summary>Goes on with texts until a line ends, at most so many words.</summary>
    public string[] Sample(IReadOnlyList<string> contexts, int most, ref Rng rng)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable still = no_grad();
        int[][] texts = [.. contexts.Select(Tokens)];
        int count = texts.Length, steps = texts[0].Length; // contexts of one length
        long[] tokens = new long[steps * count];
        for (int i = 0; i < count; i++)
            for (int t = 0; t < steps; t++) tokens[(t * count) + i] = texts[i][t];
        (_, Tensor state) = _memory.forward(OneHot(tensor(tokens).view(steps, count)), zeros(count, Hidden), zeros(steps, count));
        List<string>[] said = [.. texts.Select(_ => new List<string>())];
        bool[] ended = new bool[count];
        for (int k = 0; k < most; k++)
        {
            float[] shares = _next.forward(state).softmax(-1).data<float>().ToArray();
            long[] next = new long[count];
            for (int i = 0; i < count; i++)
            {
                next[i] = Pick(shares.AsSpan(i * _words.Length, _words.Length), ref rng);
                ended[i] |= next[i] == 0 || _words[next[i]] == "\n";
                if (!ended[i]) said[i].Add(_words[next[i]]);
            }

            state = _memory.Step(OneHot(tensor(next)), state);
        }

        return [.. said.Select(words => string.Join(' ', words))];
    }

    public void Dispose()
    {
        _memory.Dispose();
        _next.Dispose();
        Parameters.Dispose();
    }

    private Tensor OneHot(Tensor ids) => nn.functional.one_hot(ids, _words.Length).to(ScalarType.Float32);

    private static int Pick(ReadOnlySpan<float> shares, ref Rng rng)
    {
        double at = rng.NextDouble();
        for (int i = 0; i < shares.Length; i++)
            if ((at -= shares[i]) < 0) return i;
        return shares.Length - 1;
    }
}
