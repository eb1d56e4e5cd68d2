using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Rewards.Verifiers.Checks;

namespace EmbodiedRL.Rewards.Verifiers;

/// <summary>Options of <see cref="RoutedVerifier"/>.</summary>
public sealed record RoutedVerifierOptions : VerifierOptions
{
    /// <summary>
    /// What the format counts: <c>term</c> is a weighted mean with the answer, <c>gate</c> pays nothing without the format, <c>none</c>
    /// does not look at it.
    /// </summary>
    [Length(1, LengthAttribute.Name)]
    public string Format { get; init; } = "term";

    /// <summary>Weight of the answer, where the format is a term.</summary>
    [Range(0, 1e6, IsAboveLeast = true)]
    public double AnswerWeight { get; init; } = 1;

    /// <summary>Weight of the format, where it is a term.</summary>
    [Range(0, 1e6)]
    public double FormatWeight { get; init; } = 0.1;

    /// <inheritdoc/>
    public override IEnumerable<string> Violations()
    {
        foreach (string violation in base.Violations()) yield return violation;
        if (RowGroups.Violation("format", Format, "term", "gate", "none") is { } wrong) yield return wrong;
    }
}

/// <summary>
/// Verifier registry of V-Triune: checks each answer by the check of its question's kind, or of the form of its answer, and its format.
/// </summary>
/// <remarks>
/// <para>r = (w_a a + w_f f) / (w_a + w_f), 1 and 0.1 by default: a in [0, 1] from the check, f a quarter for each of the four tags of
/// reasoning and answer that stands there exactly once. As a gate, the format is reasoning and then an answer with nothing around
/// them.</para>
/// <para>Logged, as the paper asks: the mean answer score of each kind of question, since the mean of all hides a kind that fails.</para>
/// </remarks>
[Paper("2505.18129", "One RL to See Them All: Visual Triple Unified Reinforcement Learning", Year = 2025, Method = "S13")]
public sealed class RoutedVerifier : Verifier
{
    private readonly RoutedVerifierOptions _options;

    /// <summary>Verifier by a run's checks.</summary>
    /// <param name="name">The term's name.</param>
    /// <param name="options">Checked.</param>
    /// <param name="checks">Answer checks by name; null takes those that ship.</param>
    /// <exception cref="UnknownNameException">A kind of question is given a check that there is not.</exception>
    public RoutedVerifier(string name, RoutedVerifierOptions options, IReadOnlyDictionary<string, AnswerCheck>? checks = null)
        : base(name, options, (0, 1), checks, ScoreScope.Row) => _options = options;

    /// <inheritdoc/>
    protected override ValueTask ScoreAsync(IReadOnlyList<VerifierGroup> groups, double[] scores, ScoreContext context)
    {
        SortedDictionary<string, (double Sum, int Count)> kinds = new(StringComparer.Ordinal);
        foreach (VerifierGroup group in groups)
        {
            context.Cancel.ThrowIfCancellationRequested();
            foreach (VerifierRow row in group.Rows)
            {
                double right = Rightness(row);
                scores[row.Row] = _options.Format switch
                {
                    "gate" => row.Completion.IsWellFormed ? right : 0,
                    "none" => right,
                    _ => Formats.Mean(right, _options.AnswerWeight, Formats.TagQuarters(row.Completion, _options), _options.FormatWeight),
                };
                (double sum, int count) = kinds.GetValueOrDefault(group.Question.Kind);
                kinds[group.Question.Kind] = (sum + right, count + 1);
            }
        }

        foreach ((string kind, (double sum, int count)) in kinds)
            if (kind.Length > 0) context.Metrics.Write($"reward/{Spec.Name}/{kind}", sum / count);
        return ValueTask.CompletedTask;
    }
}
