using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Registry;
using EmbodiedRL.Core.Specs;

namespace EmbodiedRL.Rewards.Sources;

/// <summary>Options of <see cref="ListenerReward"/>.</summary>
public sealed record ListenerOptions : Options
{
    /// <summary>The model that listens, of those that the run lends.</summary>
    [Required("the model that listens"), Length(0, LengthAttribute.Name)]
    public string Model { get; init; } = "";

    /// <summary>What can be answered.</summary>
    [Length(2, 100)]
    public string[] Choices { get; init; } = ["A", "B"];

    /// <summary>Tag of the reasoning, without brackets.</summary>
    [Length(1, LengthAttribute.Name)]
    public string TraceTag { get; init; } = "think";

    /// <summary>Tag of the answer, without brackets: what stands in it is kept from the listener.</summary>
    [Length(1, LengthAttribute.Name)]
    public string AnswerTag { get; init; } = "answer";

    /// <summary>Whether the listener sees the prompt's images, which the batch must then have.</summary>
    public bool Images { get; init; } = true;

    /// <summary>Questions put to the listener in one call.</summary>
    [Range(1, 100_000)]
    public int AtOnce { get; init; } = 256;

    /// <inheritdoc/>
    public override IEnumerable<string> Violations()
    {
        foreach (string violation in base.Violations()) yield return violation;
        if (Choices.Contains("") || Choices.Distinct().Count() < Choices.Length)
            yield return $"choices: expected different texts, found {string.Join(", ", Choices.Select(choice => $"'{choice}'"))}.";
    }
}

/// <summary>
/// Listener reward: the probability of the right choice to a frozen second model, which reads the question and a completion's reasoning but
/// not its answer.
/// </summary>
/// <remarks>
/// <para>r = exp(l_y) / sum_c exp(l_c), y the reference's choice and l the listener's logits. The paper adds it to format and accuracy with
/// weights 1, 0.5 and 0.5: terms of a weighted sum here. Those weights, and that the right choice is scored and not the completion's own,
/// come from others' summaries of the paper; they could not be confirmed.</para>
/// <para>The listener gets what stands in the trace's tags; of a completion without such tags, all but the answer. Answers within a trace
/// are taken out as well, also where the tag is not closed. A completion without a trace scores 0: it has said nothing that could
/// convince. Logged: <c>contradictions</c>, the share of completions with an answer whose listener would choose another.</para>
/// </remarks>
[Paper("2506.22832", "Listener-Rewarded Thinking in VLMs for Image Preferences", Year = 2025, Method = "S32")]
public sealed class ListenerReward : Reward, ICompletionReward
{
    private readonly ListenerOptions _options;
    private readonly IChoiceScorer _listener;

    /// <summary>Borrows the listener.</summary>
    /// <param name="name">The term's name.</param>
    /// <param name="listener">Lent for the life of this reward.</param>
    /// <param name="options">Checked here.</param>
    public ListenerReward(string name, IChoiceScorer listener, ListenerOptions options)
        : base(new RewardSpec(name, BatchFields.Prompts | BatchFields.Texts | BatchFields.References
            | (options.Images ? BatchFields.Images : BatchFields.None), 0, 1)) => (_listener, _options) = (listener, options);

    /// <summary>The probability of one of several choices: softmax of their logits.</summary>
    /// <param name="logits">Of all choices; of any size.</param>
    /// <param name="choice">Which one.</param>
    public static double Probability(ReadOnlySpan<double> logits, int choice)
    {
        double most = double.NegativeInfinity, sum = 0;
        foreach (double logit in logits) most = Math.Max(most, logit);
        foreach (double logit in logits) sum += Math.Exp(logit - most);
        return Math.Exp(logits[choice] - most) / sum;
    }

    /// <summary>What the listener hears of a completion; empty if it has no reasoning.</summary>
    public string Trace(string text)
    {
        string open = $"<{_options.TraceTag}>", close = $"</{_options.TraceTag}>";
        int first = text.IndexOf(open, StringComparison.Ordinal), last = text.LastIndexOf(close, StringComparison.Ordinal);
        string trace = first >= 0 ? text[(first + open.Length)..(last > first ? last : text.Length)] : text;
        return WithoutAnswer(trace).Trim();
    }

    /// <inheritdoc/>
    /// <exception cref="SpecMismatchException">A reference is none of the choices; names the row.</exception>
    /// <exception cref="NonFiniteException">The listener gave no number; names the row.</exception>
    public override async ValueTask ScoreAsync(RewardBatch batch, Memory<float> scores, ScoreContext context)
    {
        Check(batch, scores);
        var completions = batch.As<CompletionBatch>();
        int count = _options.Choices.Length, answered = 0, contradicted = 0;
        scores.Span.Clear();
        int[] rows = [.. Enumerable.Range(0, batch.Rows).Where(row => Trace(completions.Texts[row]).Length > 0)];
        foreach (int[] some in rows.Chunk(_options.AtOnce))
        {
            context.Cancel.ThrowIfCancellationRequested();
            float[] found =
                await _listener.ScoreAsync([.. some.Select(row => Question(completions, row))], _options.Choices, context.Cancel);
            SpecMismatchException.ThrowIfLength($"logits of listener '{_listener.Name}'", found.Length, some.Length * count);
            for (int i = 0; i < some.Length; i++)
            {
                double[] logits = [.. found.AsSpan(i * count, count).ToArray().Select(logit => (double)logit)];
                if (!logits.All(double.IsFinite))
                    throw new NonFiniteException($"A logit of listener '{_listener.Name}'", batch.Describe(some[i]));
                scores.Span[some[i]] = (float)Probability(logits, Reference(completions, some[i]));
                if (Answer(completions.Texts[some[i]]) is not { } answer) continue;
                answered++;
                if (_options.Choices[Array.IndexOf(logits, logits.Max())] != answer) contradicted++;
            }
        }

        if (answered > 0) context.Metrics.Write($"reward/{Spec.Name}/contradictions", (double)contradicted / answered);
        context.Metrics.Write($"reward/{Spec.Name}/traces", (double)rows.Length / batch.Rows);
    }

    private ChoiceQuestion Question(CompletionBatch batch, int row) => new(
        $"{batch.Prompts[batch.PromptOf(row)]}\n{Trace(batch.Texts[row])}", _options.Images ? batch.Images![batch.PromptOf(row)] : []);

    private int Reference(CompletionBatch batch, int row)
    {
        string reference = batch.References![batch.PromptOf(row)];
        int choice = Array.IndexOf(_options.Choices, reference.Trim());
        return choice >= 0 ? choice
            : throw new SpecMismatchException($"reference of {batch.Describe(row)}, read by '{Spec.Name}'",
                $"one of {string.Join(", ", _options.Choices)}", $"'{reference}'");
    }

    private string WithoutAnswer(string text)
    {
        string open = $"<{_options.AnswerTag}>", close = $"</{_options.AnswerTag}>";
        for (int first; (first = text.IndexOf(open, StringComparison.Ordinal)) >= 0;)
        {
            int end = text.IndexOf(close, first, StringComparison.Ordinal);
            text = text[..first] + (end < 0 ? "" : text[(end + close.Length)..]);
        }

        return text;
    }

    /// <summary>The last answer; null if there is none.</summary>
    private string? Answer(string text)
    {
        string open = $"<{_options.AnswerTag}>", close = $"</{_options.AnswerTag}>";
        int first = text.LastIndexOf(open, StringComparison.Ordinal);
        int end = first < 0 ? -1 : text.IndexOf(close, first, StringComparison.Ordinal);
        return end < 0 ? null : text[(first + open.Length)..end].Trim();
    }
}
