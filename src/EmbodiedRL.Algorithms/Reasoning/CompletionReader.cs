using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Models.Language;
using EmbodiedRL.Models.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace EmbodiedRL.Algorithms.Reasoning;

/// <summary>Reads prompts with their completions by a language model: log-probabilities and entropies of completion tokens.</summary>
/// <remarks>
/// Completions of one prompt share a row with it where the model can (<see cref="ModelInput.Segments"/>), so that the prompt is read once;
/// how many share it follows from what a token costs. Prompts are padded at the left and completions at the right. Images of a prompt are
/// looked at once. Each question is encoded once for as long as the reader lives. Owns encoded prompts; the model is
/// lent.
/// </remarks>
/// <param name="model">Lent.</param>
/// <param name="temperature">Logits are divided by it.</param>
internal sealed class CompletionReader(ILanguageModel model, double temperature) : IDisposable
{
    private readonly Dictionary<Question, EncodedPrompt> _prompts = new(SameQuestion.Instance);

    /// <summary>Where the model lives.</summary>
    public Device Device { get; } = model.Module.parameters().First().device;

    /// <summary>Reads rows.</summary>
    /// <param name="rows">At least one, each of at least one token.</param>
    /// <param name="entropy">Whether entropies are computed, and whether they have a gradient.</param>
    /// <param name="isBlanked">Whether blanked questions are read instead.</param>
    /// <returns>
    /// [B, T] each, 0 where a row has no token, owned by the caller's dispose scope; entropies null if not asked for.
    /// </returns>
    public (Tensor LogProbabilities, Tensor? Entropies) Read(IReadOnlyList<CompletionRow> rows, EntropyUse entropy = EntropyUse.None,
        bool isBlanked = false)
    {
        using DisposeScope scope = NewDisposeScope();
        PromptGroup[] groups = Group(rows, isBlanked);
        int left = groups.Max(group => group.Prompt.Ids.Length), right = rows.Max(row => row.Tokens.Length);
        int width = left + groups.Max(group => group.Rows.Sum(row => rows[row].Tokens.Length)), all = rows.Sum(row => row.Tokens.Length);
        long[] ids = new long[groups.Length * width], positions = new long[ids.Length], segments = new long[ids.Length];
        long[] before = new long[all], tokens = new long[all], places = new long[all];
        bool[] mask = new bool[ids.Length];
        Array.Fill(ids, model.Spec.PaddingId);
        for (int g = 0, next = 0; g < groups.Length; g++)
        {
            int[] prompt = groups[g].Prompt.Ids;
            int start = (g * width) + left, at = start;
            for (int i = 0; i < prompt.Length; i++) (ids[start - prompt.Length + i], positions[start - prompt.Length + i]) = (prompt[i], i);
            mask.AsSpan(start - prompt.Length, prompt.Length).Fill(true);
            for (int part = 0; part < groups[g].Rows.Count; part++)
            {
                int row = groups[g].Rows[part];
                int[] completion = rows[row].Tokens;
                for (int i = 0; i < completion.Length; i++, at++, next++)
                {
                    (ids[at], positions[at], segments[at], mask[at]) = (completion[i], prompt.Length + i, part + 1, true);
                    (before[next], tokens[next], places[next]) = (i == 0 ? start - 1 : at - 1, completion[i], (row * right) + i);
                }
            }
        }

        long[] shape = [groups.Length, width];
        bool isShared = groups.Length < rows.Count;
        EncodedPrompt[] prompts = [.. groups.Select(group => group.Prompt)];
        using PreparedImages? images = Join(prompts);
        using var input = new ModelInput(tensor(ids, shape, device: Device), tensor(mask, shape, device: Device))
        {
            Positions = isShared ? tensor(positions, shape, device: Device) : null,
            Segments = isShared ? tensor(segments, shape, device: Device) : null,
            Images = images,
            Features = images is null ? null : FeaturesOf(prompts),
        };
        Tensor hidden = model.Hidden(input).flatten(0, 1).index_select(0, tensor(before, device: Device));
        (Tensor log, Tensor? entropies) = TokenLikelihood.Of(model, hidden, tensor(tokens, device: Device), temperature,
            entropy != EntropyUse.None, entropy == EntropyUse.Gradient);
        Tensor to = tensor(places, device: Device);
        Tensor Spread(Tensor values) =>
            zeros(rows.Count * right, values.dtype, Device).scatter(0, to, values).view(rows.Count, right).MoveToOuterDisposeScope();
        return (Spread(log), entropies is null ? null : Spread(entropies));
    }

    /// <summary>The same without a graph, a part at a time, as plain memory.</summary>
    /// <param name="rows">Rows.</param>
    /// <param name="atOnce">Rows of a part.</param>
    /// <param name="take">Given each row and its log-probabilities.</param>
    public void ReadPlain(IReadOnlyList<CompletionRow> rows, int atOnce, Action<CompletionRow, float[]> take)
    {
        using IDisposable still = no_grad();
        foreach (CompletionRow[] part in rows.Chunk(atOnce))
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor read = Read(part).LogProbabilities;
            float[] all = new float[read.numel()];
            TensorSpans.Read(read.contiguous(), all);
            int width = (int)read.shape[1];
            for (int row = 0; row < part.Length; row++) take(part[row], all.AsSpan(row * width, part[row].Tokens.Length).ToArray());
        }
    }

    /// <summary>A column of values of rows, padded by 0 at the right.</summary>
    /// <param name="rows">Rows.</param>
    /// <param name="width">T.</param>
    /// <param name="valuesOf">[T of the row]; null for zeros.</param>
    /// <returns>[B, T], owned by the caller's dispose scope.</returns>
    public Tensor Pad(IReadOnlyList<CompletionRow> rows, long width, Func<CompletionRow, float[]?> valuesOf)
    {
        float[] padded = new float[rows.Count * width];
        for (int row = 0; row < rows.Count; row++) valuesOf(rows[row])?.CopyTo(padded, (int)(row * width));
        return tensor(padded, [rows.Count, width], device: Device);
    }

    /// <summary>Frees encoded prompts.</summary>
    public void Dispose()
    {
        foreach (EncodedPrompt prompt in _prompts.Values) prompt.Dispose();
    }

    private EncodedPrompt PromptOf(Question question)
    {
        if (_prompts.TryGetValue(question, out EncodedPrompt? known)) return known;
        EncodedPrompt prompt = model.EncodeBegun(question);
        if (prompt.Images is { } images) // outlives the scope of a part
        {
            images.Pixels.DetachFromDisposeScope();
            images.Mask?.DetachFromDisposeScope();
            images.Grid?.DetachFromDisposeScope();
        }

        return _prompts[question] = prompt;
    }

    /// <summary>Rows of one prompt that are read with it as one, as many at once as cost the least.</summary>
    private PromptGroup[] Group(IReadOnlyList<CompletionRow> rows, bool isBlanked)
    {
        EncodedPrompt Prompt(int row) => PromptOf(isBlanked ? rows[row].Blanked! : rows[row].Question);
        if (!model.ReadsSegments) return [.. Enumerable.Range(0, rows.Count).Select(row => new PromptGroup(Prompt(row), [row]))];
        var groups = new List<PromptGroup>();
        foreach (IGrouping<EncodedPrompt, int> same in Enumerable.Range(0, rows.Count)
            .GroupBy(Prompt))
        {
            int[] own = [.. same];
            int most = Shared(same.Key.Ids.Length, own.Average(row => rows[row].Tokens.Length), own.Length);
            groups.AddRange(own.Chunk(most).Select(part => new PromptGroup(same.Key, part)));
        }

        return [.. groups];
    }

    /// <summary>
    /// With how many completions a prompt shares a row. A token costs its layers' products, and a look at every token of its row, also at
    /// those that it may not see.
    /// </summary>
    /// <param name="prompt">Tokens.</param>
    /// <param name="completion">Mean tokens.</param>
    /// <param name="count">Completions.</param>
    private int Shared(int prompt, double completion, int count)
    {
        const double looks = 5.5; // a token's products, in looks for each channel: 11 H^2 against 2 H
        double CostOf(int together)
        {
            double length = prompt + (together * completion);
            return length * ((looks * model.Spec.HiddenSize) + length) / together;
        }

        return Enumerable.Range(1, count).MinBy(CostOf);
    }

    private static PreparedImages? Join(IEnumerable<EncodedPrompt> prompts) =>
        PreparedImages.Join([.. prompts.Select(prompt => prompt.Images).OfType<PreparedImages>()]);

    /// <summary>Features of all rows' images, [tokens, H]; each prompt's are computed once.</summary>
    private Tensor FeaturesOf(EncodedPrompt[] prompts)
    {
        EncodedPrompt[] distinct = [.. prompts.Distinct().Where(prompt => prompt.Images is not null)];
        using PreparedImages? images = Join(distinct);
        Tensor features = model.ImageFeatures(images!);
        var parts = new Dictionary<EncodedPrompt, Tensor>(ReferenceEqualityComparer.Instance);
        long offset = 0;
        foreach (EncodedPrompt prompt in distinct)
        {
            parts[prompt] = features.narrow(0, offset, prompt.Images!.TokenCount);
            offset += prompt.Images.TokenCount;
        }

        return cat([.. prompts.Where(prompt => prompt.Images is not null).Select(prompt => parts[prompt])]);
    }
}

/// <summary>Questions that read alike, whatever object they are: those of a resumed run are other objects.</summary>
internal sealed class SameQuestion : IEqualityComparer<Question>
{
    public static SameQuestion Instance { get; } = new();

    public bool Equals(Question? one, Question? other) => ReferenceEquals(one, other)
        || (one is not null && other is not null && one.Prompt == other.Prompt && one.Begun.SequenceEqual(other.Begun)
            && one.Images.Count == other.Images.Count
            && one.Images.Zip(other.Images).All(pair => ReferenceEquals(pair.First, pair.Second)
                || (pair.First.Width == pair.Second.Width && pair.First.Rgb.AsSpan().SequenceEqual(pair.Second.Rgb))));

    public int GetHashCode(Question question) => question.Prompt.GetHashCode(StringComparison.Ordinal);
}

/// <summary>A prompt with completions that share a row with it.</summary>
/// <param name="Prompt">Read once.</param>
/// <param name="Rows">Indices of the completions.</param>
internal sealed record PromptGroup(EncodedPrompt Prompt, IReadOnlyList<int> Rows);

/// <summary>What entropies are computed for.</summary>
internal enum EntropyUse
{
    /// <summary>None are.</summary>
    None,

    /// <summary>To be looked at.</summary>
    Value,

    /// <summary>To be learned from.</summary>
    Gradient,
}
