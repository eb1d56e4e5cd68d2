using EmbodiedRL.Algorithms.OnPolicy;
using EmbodiedRL.Core;
using EmbodiedRL.Models.Encoders;

namespace EmbodiedRL.Training.Captioning;

/// <summary>Everything that the weights of a captioned training depend on.</summary>
public sealed record CaptioningSettings
{
    /// <summary>Parts of a batch that each come from one source of states.</summary>
    public const int Portions = 8;

    /// <summary>Whose pictures are learned; batches take turns.</summary>
    [Length(1, 64)]
    public required IReadOnlyList<string> Environments { get; init; }

    /// <summary>
    /// Facts that are never spoken of, each as <c>ENVIRONMENT/FACT</c>: what a model makes of a goal that it was not taught can then be
    /// measured.
    /// </summary>
    [Length(0, 1000)]
    public IReadOnlyList<string> Without { get; init; } = [];

    /// <summary>Batches, over all environments.</summary>
    [Range(1, 10_000_000)]
    public long Steps { get; init; } = 20_000;

    /// <summary>Of everything drawn at random.</summary>
    [Range(0, ulong.MaxValue)]
    public ulong Seed { get; init; } = 1;

    /// <summary>B, pictures in a batch; a multiple of <see cref="Portions"/>.</summary>
    [Range(8, 65_536)]
    public int Pictures { get; init; } = 128;

    /// <summary>C, sentences in a batch.</summary>
    [Range(1, 65_536)]
    public int Sentences { get; init; } = 96;

    /// <summary>The learning rate after the warm-up; it falls to zero along a cosine.</summary>
    [Range(0, 1, IsAboveLeast = true, IsBelowMost = true)]
    public double PeakRate { get; init; } = 2e-3;

    /// <summary>Steps until the learning rate is at its peak; never more than a tenth of all.</summary>
    [Range(0, 10_000_000)]
    public long WarmUp { get; init; } = 200;

    /// <summary>Environments that are played side by side to visit states.</summary>
    [Range(1, 65_536)]
    public int Players { get; init; } = 64;

    /// <summary>Rollouts played in each environment over the whole training, from the first untrained one on.</summary>
    [Range(1, 1_000_000)]
    public int Rollouts { get; init; } = 30;

    /// <summary>Images of each environment and each condition that the model is measured on.</summary>
    [Range(50, 1_000_000)]
    public int Measured { get; init; } = 1000;

    /// <summary>Threads of one tensor operation. Weights repeat bit for bit only with equal counts.</summary>
    [Range(1, 1024)]
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>Sizes of the model.</summary>
    public SceneClipSettings Model { get; init; } = new();

    /// <summary>What learns the hand-built task meanwhile, so that its states range from clumsy to skilled.</summary>
    public PpoOptions Player { get; init; } = new() { NormalizeObservations = true };

    /// <summary>How the model is measured: on the states that <c>models eval</c> shows, whatever the seed of the training.</summary>
    internal MeasurementSettings Measurement =>
        new() { Images = Measured, Players = Players, Rollouts = Math.Min(Rollouts, new MeasurementSettings().Rollouts), Player = Player };

    /// <summary>Pictures of one portion.</summary>
    internal int Portion => Pictures / Portions;

    /// <summary>The learning rate of a step.</summary>
    internal double RateAt(long step)
    {
        long warmUp = Math.Max(1, Math.Min(WarmUp, Steps / 10));
        return step < warmUp
            ? PeakRate * (step + 1) / warmUp
            : PeakRate * 0.5 * (1 + Math.Cos(Math.PI * (step - warmUp) / Math.Max(1, Steps - warmUp)));
    }

    /// <summary>Checks every value.</summary>
    /// <exception cref="SettingsException">Lists every violation.</exception>
    public void Validate()
    {
        var violations = new List<string>(SettingRanges.Violations(this));
        void Demand(bool holds, string name, string expected, object found)
        {
            if (!holds) violations.Add(FormattableString.Invariant($"{name}: expected {expected}, found {found}."));
        }

        Demand(Environments.Distinct(StringComparer.Ordinal).Count() == Environments.Count, "environments", "each once",
            string.Join(", ", Environments));
        Demand(Pictures > 0 && Pictures % Portions == 0, "pictures", $"a multiple of {Portions}", Pictures);
        if (violations.Count > 0) throw new SettingsException("models train", violations);
    }
}
