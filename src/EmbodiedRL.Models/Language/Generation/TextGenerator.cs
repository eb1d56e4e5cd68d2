using EmbodiedRL.Core;
using EmbodiedRL.Models.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace EmbodiedRL.Models.Language.Generation;

/// <summary>Completions of prompts: row b * G + g is completion g of prompt b.</summary>
/// <param name="Tokens">[B * G], token ids of each completion, with the id that ended it.</param>
/// <param name="Texts">[B * G], in words, without special tokens and what follows a stop; empty without a tokenizer.</param>
/// <param name="LogProbabilities">
/// [B * G], log-softmax(logits / temperature) of each token, before any other rule: what GRPO compares with the trained model's.
/// </param>
/// <param name="DrawnLogProbabilities">[B * G], under the distribution that it was drawn from, after all rules; 0 if greedy.</param>
/// <param name="Truncated">[B * G], whether a completion was cut at the most tokens.</param>
/// <param name="PromptTokens">[B], tokens of each prompt.</param>
public sealed record Completions(IReadOnlyList<int[]> Tokens, IReadOnlyList<string> Texts, IReadOnlyList<float[]> LogProbabilities,
    IReadOnlyList<float[]> DrawnLogProbabilities, IReadOnlyList<bool> Truncated, IReadOnlyList<int> PromptTokens);

/// <summary>Text generator: draws completions of prompts from a language model.</summary>
/// <remarks>
/// A prompt is read once for all its completions. Rows that ended leave the batch. Completion g of a prompt draws from a stream of its own,
/// named by the seed, the prompt's stream and g, so that neither the batch nor its order changes what is drawn, up to the last bits of
/// logits. Not thread-safe.
/// </remarks>
/// <param name="model">Borrowed.</param>
public sealed class TextGenerator(ILanguageModel model)
{
    private const string Stream = "completion";

    /// <summary>Whether weights may be copied into the form that is read fastest; off only to check one way by the other.</summary>
    internal bool UsesPackedWeights { get; init; } = true;

    /// <summary>Draws completions.</summary>
    /// <param name="prompts">[B].</param>
    /// <param name="completions">G, of each prompt.</param>
    /// <param name="settings">How tokens are drawn.</param>
    /// <param name="seed">The run's.</param>
    /// <param name="streams">[B], whose number each prompt draws from, e.g. a counter of prompts; places in the batch if null.</param>
    /// <param name="onToken">Told each row and token as it is drawn; null for nobody.</param>
    /// <param name="cancellation">Ends generation between two tokens.</param>
    /// <returns>Plain memory.</returns>
    /// <exception cref="SettingsException">Settings are not valid.</exception>
    /// <exception cref="SpecMismatchException">A prompt is empty or leaves no room in the model's context.</exception>
    /// <exception cref="NonFiniteException">A logit is NaN or infinite.</exception>
    public Completions Generate(IReadOnlyList<EncodedPrompt> prompts, int completions, SamplingSettings settings, ulong seed,
        IReadOnlyList<long>? streams = null, Action<int, int>? onToken = null, CancellationToken cancellation = default)
    {
        string[] violations = [.. settings.Violations()];
        if (violations.Length > 0) throw new SettingsException("generation", violations);
        ArgumentOutOfRangeException.ThrowIfZero(prompts.Count);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(completions);
        if (streams is not null) SpecMismatchException.ThrowIfLength("streams of prompts", streams.Count, prompts.Count);
        int longest = prompts.Max(prompt => prompt.Ids.Length);
        if (longest >= model.Spec.ContextLength)
            throw new SpecMismatchException("tokens of a prompt", $"fewer than {model.Spec.ContextLength}, the model's context",
                $"{longest}");
        TorchRuntime.UseThreads();
        int[] ends = [.. settings.EndIds ?? model.Spec.EndIds];
        var stops = settings.Stops.Count > 0 ? new StopSearch(model.Tokenizer, settings.Stops) : null;
        CompletionRow[] rows = [.. Enumerable.Range(0, prompts.Count * completions).Select(row =>
        {
            int prompt = row / completions;
            int room = Math.Min(settings.MaximumTokens, model.Spec.ContextLength - prompts[prompt].Ids.Length);
            return new CompletionRow(row, prompts[prompt].Ids, room,
                Rng.For(seed, $"{Stream} {streams?[prompt] ?? prompt}", row % completions));
        })];
        Run(prompts, completions, settings, rows, ends, stops, onToken, cancellation);
        return new Completions([.. rows.Select(row => row.New.ToArray())], [.. rows.Select(row => TextOf(row, settings))],
            [.. rows.Select(row => row.Raw.ToArray())], [.. rows.Select(row => row.Drawn.ToArray())],
            [.. rows.Select(row => row.Truncated)], [.. prompts.Select(prompt => prompt.Ids.Length)]);
    }

    private void Run(IReadOnlyList<EncodedPrompt> prompts, int completions, SamplingSettings settings, CompletionRow[] rows, int[] ends,
        StopSearch? stops, Action<int, int>? onToken, CancellationToken cancellation)
    {
        int vocabulary = model.Spec.VocabularySize;
        float[] logits = new float[rows.Length * vocabulary];
        var sampler = new Sampler(settings, vocabulary);
        CompletionRow[] alive = rows;
        using IDecodingSession session = Begin(prompts, completions, rows.Max(row => row.Room), logits);
        int[] next = new int[rows.Length];
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            for (int i = 0; i < alive.Length; i++)
            {
                CompletionRow row = alive[i];
                if (row.IsDone) continue;
                next[i] = sampler.Draw(logits.AsSpan(i * vocabulary, vocabulary), row);
                onToken?.Invoke(row.Index, next[i]);
                row.IsDone = Array.IndexOf(ends, next[i]) >= 0 || stops?.Ends(row.New) == true;
                if (!row.IsDone && row.New.Count == row.Room) row.IsDone = row.Truncated = true;
            }

            int[] left = [.. Enumerable.Range(0, alive.Length).Where(i => !alive[i].IsDone)];
            if (left.Length == 0) return;
            // moving a cache costs about as much as some steps of the rows that would go
            if (session.KeepsFreely ? left.Length < alive.Length : left.Length <= alive.Length * 3 / 4)
            {
                session.Keep(left);
                alive = [.. left.Select(i => alive[i])];
                next = [.. left.Select(i => next[i])];
            }

            session.Read(next.AsSpan(0, alive.Length), logits.AsSpan(0, alive.Length * vocabulary));
        }
    }

    /// <summary>Reads the prompts, each once, and repeats what was read for its completions.</summary>
    private IDecodingSession Begin(IReadOnlyList<EncodedPrompt> prompts, int completions, int room, float[] logits)
    {
        using IDisposable still = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Device device = model.Module.parameters().First().device;
        using PreparedImages? images = PreparedImages.Join([.. prompts.Select(prompt => prompt.Images).OfType<PreparedImages>()]);
        using ModelInput padded = ModelInput.PadLeft([.. prompts.Select(prompt => prompt.Ids)], model.Spec.PaddingId, device);
        using var input = new ModelInput(padded.Ids.alias(), padded.Mask.alias()) { Images = images };
        int vocabulary = model.Spec.VocabularySize, count = prompts.Count;
        KeyValueCache cache = model.CreateCache(count, (int)padded.Ids.shape[1] + room);
        try
        {
            Tensor hidden = model.Hidden(input, cache);
            Tensor last = model.Logits(hidden.select(1, hidden.shape[1] - 1)).to(ScalarType.Float32).contiguous();
            float[] first = new float[count * vocabulary];
            TensorSpans.Read(last, first);
            for (int row = 0; row < count * completions; row++)
                first.AsSpan(row / completions * vocabulary, vocabulary).CopyTo(logits.AsSpan(row * vocabulary));
            if (UsesPackedWeights && model is IDecoderModel fast && PackedSession.Fits(fast.Decoder))
            {
                var session = new PackedSession(fast.Decoder, fast.Head, cache, completions, room);
                cache.Dispose();
                return session;
            }

            if (completions > 1)
            {
                long[] repeated = [.. Enumerable.Range(0, count * completions).Select(row => (long)(row / completions))];
                KeyValueCache group = cache.Select(tensor(repeated, device: device));
                cache.Dispose();
                cache = group;
            }

            return new ModelSession(model, cache);
        }
        catch
        {
            cache.Dispose();
            throw;
        }
    }

    private string TextOf(CompletionRow row, SamplingSettings settings)
    {
        if (model is CausalLanguageModel { HasTokenizer: false }) return "";
        string text = model.Tokenizer.Decode([.. row.New]);
        int end = settings.Stops.Select(stop => text.IndexOf(stop, StringComparison.Ordinal)).Where(at => at >= 0)
            .DefaultIfEmpty(text.Length).Min();
        return text[..end];
    }
}
