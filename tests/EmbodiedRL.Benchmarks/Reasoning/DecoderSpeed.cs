using System.Diagnostics;
using EmbodiedRL.Benchmarks.Measuring;
using EmbodiedRL.Models.Language;
using EmbodiedRL.Models.Language.Decoders;
using EmbodiedRL.Models.Language.Generation;
using TorchSharp;
using static TorchSharp.torch;

namespace EmbodiedRL.Benchmarks.Reasoning;

/// <summary>How fast a decoder of SmolLM2-135M's sizes and random weights reads a prompt and writes. Owns it.</summary>
internal sealed class DecoderSpeed : IDisposable
{
    private const int Prompt = 36, Written = 64;
    private const string Transformers =
        "transformers 5.23 on SmolLM2-135M in fp32, 36 tokens read and 64 written, measured apart from this run";

    // tokens a second by threads: those that were measured
    private static readonly Dictionary<int, (double Prefill, double Decode)> References = new() { [1] = (195, 15.5), [2] = (281, 15.8) };

    private readonly CausalLanguageModel _model = CausalLanguageModel.Create(new DecoderSettings
    {
        VocabularySize = 49_152,
        HiddenSize = 576,
        Layers = 30,
        Heads = 9,
        KeyValueHeads = 3,
        HeadSize = 64,
        FeedForwardSize = 1536,
        TiedEmbeddings = true,
        ContextLength = 2048,
    }, tokenizer: null, [0], seed: 1);

    /// <summary>Rows for a count of threads, which is set before.</summary>
    public IEnumerable<BenchRow> Measure(Effort effort, int threads, CancellationToken cancel)
    {
        (double Prefill, double Decode) reference = References.GetValueOrDefault(threads);
        int[] ids = [.. Enumerable.Range(0, Prompt).Select(i => 100 + (i * 37))];
        List<double> prefill = [], decode = [];
        for (int i = 0; i <= effort.Repeats; i++) // the first makes memory
        {
            double read = Read(ids), written = Write(ids, cancel);
            if (i == 0) continue;
            prefill.Add(Prompt / read);
            decode.Add(Written / (written - read)); // a prompt is read before
        }

        yield return Row("smollm2/prefill", prefill, reference.Prefill);
        yield return Row("smollm2/decode/batch=1", decode, reference.Decode);
    }

    public void Dispose() => _model.Dispose();

    private static BenchRow Row(string name, List<double> speeds, double reference) =>
        new(name, Comparison.Median(speeds), "tokens/s",
            reference > 0 ? Transformers : $"{Transformers}; not with as many threads", reference)
        {
            More = { ["repeats"] = speeds.Count, ["least"] = speeds.Min(), ["most"] = speeds.Max() },
        };

    private double Read(int[] ids)
    {
        using IDisposable still = no_grad();
        using DisposeScope scope = NewDisposeScope();
        long start = Stopwatch.GetTimestamp();
        using ModelInput input = ModelInput.PadLeft([ids], 0);
        Tensor hidden = _model.Hidden(input);
        _model.Logits(hidden.select(1, ids.Length - 1)).sum().item<float>();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private double Write(int[] ids, CancellationToken cancel)
    {
        long start = Stopwatch.GetTimestamp();
        using var prompt = new EncodedPrompt(ids, null);
        // nothing ends it, so that every repeat writes as much
        Completions written = new TextGenerator(_model).Generate([prompt], 1,
            new SamplingSettings { Greedy = true, MaximumTokens = Written, EndIds = [-1] }, 1, cancellation: cancel);
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        return written.Tokens[0].Length == Written ? seconds
            : throw new InvalidOperationException($"The decoder wrote {written.Tokens[0].Length} tokens instead of {Written}.");
    }
}
