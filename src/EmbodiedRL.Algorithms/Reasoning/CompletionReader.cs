using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Models.Language;
using EmbodiedRL.Models.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace EmbodiedRL.Algorithms.Reasoning;

/// <summary>Reads prompts with their completions by a language model: log-probabilities and entropies of completion tokens.</summary>
/// <remarks>
/// Prompts are padded at the left and completions at the right, so that all completions begin at one column. Images of a prompt are
/// looked at once for all its rows. Each question is encoded once for as long as the reader lives. Owns encoded prompts; the model is
/// lent.
/// </remarks>
/// <param name="model">Lent.</param>
/// <param name="temperature">Logits are divided by it.</param>
internal sealed class CompletionReader(ILanguageModel model, double temperature) : IDisposable
{
    private readonly Dictionary<Question, EncodedPrompt> _prompts = new(ReferenceEqualityComparer.Instance);

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
        EncodedPrompt[] prompts = [.. rows.Select(row => PromptOf(isBlanked ? row.Blanked! : row.Question))];
        int left = prompts.Max(prompt => prompt.Ids.Length), right = rows.Max(row => row.Tokens.Length), width = left + right;
        long[] ids = new long[rows.Count * width], places = new long[rows.Sum(row => row.Tokens.Length)];
        bool[] mask = new bool[ids.Length], chosen = new bool[ids.Length];
        Array.Fill(ids, model.Spec.PaddingId);
        for (int row = 0, place = 0; row < rows.Count; row++)
        {
            int[] prompt = prompts[row].Ids, tokens = rows[row].Tokens;
            int start = (row * width) + left;
            for (int i = 0; i < prompt.Length; i++) ids[start - prompt.Length + i] = prompt[i];
            for (int i = 0; i < tokens.Length; i++) (ids[start + i], places[place++]) = (tokens[i], (row * right) + i);
            mask.AsSpan(start - prompt.Length, prompt.Length + tokens.Length).Fill(true);
            chosen.AsSpan(start, tokens.Length).Fill(true);
        }

        long[] shape = [rows.Count, width];
        using PreparedImages? images = Join(prompts);
        using var input = new ModelInput(tensor(ids, shape, device: Device), tensor(mask, shape, device: Device))
        {
            Images = images,
            Features = images is null ? null : FeaturesOf(prompts),
        };
        (Tensor log, Tensor? entropies) = TokenLikelihood.OfRows(model, input, tensor(chosen, shape, device: Device), temperature,
            entropy != EntropyUse.None, entropy == EntropyUse.Gradient);
        Tensor at = tensor(places, device: Device);
        Tensor Spread(Tensor values) =>
            zeros(rows.Count * right, values.dtype, Device).scatter(0, at, values).view(rows.Count, right).MoveToOuterDisposeScope();
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
        EncodedPrompt prompt = model.Encode(question);
        if (prompt.Images is { } images) // outlives the scope of a part
        {
            images.Pixels.DetachFromDisposeScope();
            images.Mask?.DetachFromDisposeScope();
            images.Grid?.DetachFromDisposeScope();
        }

        return _prompts[question] = prompt;
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
