using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Models;
using EmbodiedRL.Models.Encoders;
using EmbodiedRL.Models.Encoders.Pretrained;
using EmbodiedRL.Models.Language;
using EmbodiedRL.Models.Language.Generation;
using EmbodiedRL.Models.Tensors;
using EmbodiedRL.Models.Tokenizers;
using EmbodiedRL.Rewards.Sources;
using TorchSharp;
using static TorchSharp.torch;

namespace EmbodiedRL.Training.Reasoning;

/// <summary>A <see cref="SceneReasoner"/> that rewards ask about frames.</summary>
/// <remarks>
/// The answer is read behind <c>&lt;think&gt;...&lt;/think&gt;&lt;answer&gt;</c>, the form that it was trained on. Owns the model. Numbers
/// of a frame do not depend on the others, up to the last bits of logits. Not thread-safe.
/// </remarks>
[NoPaper("an adapter")]
public sealed class ReasonerAnswerer : IVisualAnswerer, IDisposable
{
    private const string Think = "<think>", Answered = "</think><answer>", ThinkEnd = "</think>";
    private const int Block = 64, MostThought = 64;

    private readonly SceneReasoner _model;
    private readonly Device _device;
    private readonly Dictionary<string, int[]> _prompts = new(StringComparer.Ordinal);

    /// <summary>Takes a model over.</summary>
    /// <param name="model">Owned from here on.</param>
    /// <param name="name">What settings call it.</param>
    public ReasonerAnswerer(SceneReasoner model, string name = SceneReasoner.CatalogName)
    {
        (_model, Name) = (model, name);
        _device = model.Module.parameters().First().device;
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public int ImageSize => _model.Settings.ImageSize;

    /// <summary>Loads a model of a folder.</summary>
    /// <param name="folder">Holds a scene-reasoner.</param>
    /// <param name="name">What settings call it.</param>
    /// <param name="device">Where it shall live; the CPU if null.</param>
    /// <exception cref="SettingsException">The folder holds a model of another kind.</exception>
    /// <exception cref="AssetMissingException">A file is not there.</exception>
    /// <exception cref="CorruptFileException">A file is damaged.</exception>
    public static ReasonerAnswerer Load(string folder, string name, Device? device = null)
    {
        string type = PretrainedFolder.TypeOf(folder);
        if (type.Length > 0 && type != SceneReasoner.CatalogName)
            throw new SettingsException("model",
                [$"expected a model of the kind {SceneReasoner.CatalogName}, which answers questions about frames, found '{name}', of the "
                    + $"kind '{type}'."]);
        return new ReasonerAnswerer(SceneReasoner.Load(folder, device), name);
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> UnknownWords(string text) => _model.UnknownWords(text);

    /// <inheritdoc/>
    public void Answer(ReadOnlySpan<byte> frames, int width, int height, FrameQuestion question, Span<float> logOdds,
        CancellationToken cancel)
    {
        int bytes = width * height * 3;
        SpecMismatchException.ThrowIfLength($"bytes of frames for {Name}", frames.Length, logOdds.Length * bytes);
        TorchRuntime.UseThreads();
        using IDisposable still = no_grad();
        for (int first = 0; first < logOdds.Length; first += Block)
        {
            cancel.ThrowIfCancellationRequested();
            int count = Math.Min(Block, logOdds.Length - first);
            AnswerBlock(frames.Slice(first * bytes, count * bytes), width, height, question, logOdds.Slice(first, count), cancel);
        }
    }

    /// <summary>Frees the model.</summary>
    public void Dispose() => _model.Dispose();

    private void AnswerBlock(ReadOnlySpan<byte> frames, int width, int height, FrameQuestion question, Span<float> logOdds,
        CancellationToken cancel)
    {
        using DisposeScope scope = NewDisposeScope();
        int count = logOdds.Length, size = ImageSize, tokens = _model.Settings.ImageTokens;
        Tensor pixels = empty([count, size, size, 3], ScalarType.Byte);
        if (width == size && height == size) frames.CopyTo(pixels.bytes);
        else SquareFrames.Resize(frames, width, height, size, pixels.bytes);
        int[] prompt = PromptOf(question.Text);
        // [count * K], the K of a frame in a row
        string[] thoughts = question.Thoughts is { } given
            ? [.. Enumerable.Range(0, count).SelectMany(_ => given.Select(thought => Think + thought))]
            : Written(prompt, pixels, tokens, cancel);
        var ends = new AnswerEnds(_model.Tokenizer, [.. thoughts.Select(thought => thought + Answered)], question);
        using KeyValueCache read = _model.CreateCache(count, prompt.Length + ends.Length);
        using (ModelInput input = ModelInput.PadLeft([.. Enumerable.Repeat(prompt, count)], _model.Spec.PaddingId, _device))
        using (var images = new PreparedImages(pixels.alias(), [.. Enumerable.Repeat(tokens, count)]))
        using (var seen = new ModelInput(input.Ids.alias(), input.Mask.alias()) { Images = images })
            _model.Hidden(seen, read);
        int ways = thoughts.Length / count;
        using KeyValueCache cache = read.Select(tensor(Enumerable.Range(0, thoughts.Length).Select(row => (long)(row / ways)).ToArray(),
            device: _device));
        using var said = new ModelInput(tensor(ends.Ids, [thoughts.Length, ends.Length], device: _device),
            tensor(ends.Mask, [thoughts.Length, ends.Length], device: _device));
        Tensor logits = _model.Logits(_model.Hidden(said, cache)).to(ScalarType.Float32);
        Tensor log = nn.functional.log_softmax(logits, -1);
        // what a position makes of the next token; the first token is the same in all
        Tensor next = log.narrow(1, 0, ends.Length - 1).gather(2, said.Ids.narrow(1, 1, ends.Length - 1).unsqueeze(2)).squeeze(2);
        Tensor thought = (next * said.Mask.narrow(1, 1, ends.Length - 1).to(ScalarType.Float32)).sum(1);
        Tensor last = tensor(ends.Last, [thoughts.Length, 1, 1], device: _device).expand(-1, 1, logits.shape[2]);
        Tensor answers = log.gather(1, last).squeeze(1).gather(1, tensor(ends.Answers, [thoughts.Length, 2], device: _device));
        Tensor sums = (answers + thought.unsqueeze(1)).view(count, ways, 2).logsumexp(1);
        TensorSpans.Read((sums.select(1, 0) - sums.select(1, 1)).contiguous(), logOdds);
    }

    /// <summary>The likeliest reasoning about each image, opened and not closed.</summary>
    private string[] Written(int[] prompt, Tensor pixels, int tokens, CancellationToken cancel)
    {
        EncodedPrompt[] prompts = [.. Enumerable.Range(0, (int)pixels.shape[0]).Select(row =>
            new EncodedPrompt(prompt, new PreparedImages(pixels.narrow(0, row, 1), [tokens])))];
        Completions written = new TextGenerator(_model).Generate(prompts, 1,
            new SamplingSettings { Greedy = true, MaximumTokens = MostThought, Stops = [ThinkEnd] }, 0, cancellation: cancel);
        return [.. written.Texts];
    }

    /// <summary>Tokens of the image, the question and the sign to answer.</summary>
    private int[] PromptOf(string question)
    {
        if (_prompts.TryGetValue(question, out int[]? known)) return known;
        int size = ImageSize;
        using EncodedPrompt encoded = _model.Encode(new Question(question, "", AnswerForm.Option)
        {
            Images = [new RgbImage(new byte[size * size * 3], size, size)],
        });
        return _prompts[question] = encoded.Ids;
    }

    /// <summary>What is read behind the prompts, padded at the right, and the tokens that answer.</summary>
    private sealed class AnswerEnds
    {
        public AnswerEnds(ITextTokenizer tokenizer, string[] texts, FrameQuestion question)
        {
            int[][] yes = [.. texts.Select(text => tokenizer.Encode(text + question.Yes))];
            int[][] no = [.. texts.Select(text => tokenizer.Encode(text + question.No))];
            int[] same = [.. yes.Zip(no, (one, other) => one.AsSpan().CommonPrefixLength(other))];
            Length = same.Max();
            (Ids, Mask) = (new long[texts.Length * Length], new bool[texts.Length * Length]);
            for (int row = 0; row < texts.Length; row++)
                for (int i = 0; i < same[row]; i++) (Ids[(row * Length) + i], Mask[(row * Length) + i]) = (yes[row][i], true);
            Last = [.. same.Select(length => length - 1L)];
            Answers = [.. yes.SelectMany((ids, row) => new long[] { ids[same[row]], no[row][same[row]] })];
        }

        /// <summary>T.</summary>
        public int Length { get; }

        /// <summary>[rows, T].</summary>
        public long[] Ids { get; }

        /// <summary>[rows, T].</summary>
        public bool[] Mask { get; }

        /// <summary>[rows], the place before the answer.</summary>
        public long[] Last { get; }

        /// <summary>[rows, 2], yes and no.</summary>
        public long[] Answers { get; }
    }
}
