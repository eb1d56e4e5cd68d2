using System.Collections.Immutable;
using EmbodiedRL.Core.Contracts;

namespace EmbodiedRL.Simulation.Checking;

/// <summary>One property that every environment promises, and how it is tried.</summary>
/// <remarks>
/// Knows environments by their contract alone, so that a task of one's own, a wrapper or a simulator that is not MuJoCo is tried as the
/// shipped ones are. A test of one's own asks for <see cref="All"/> and asserts that <see cref="Run"/> finds nothing.
/// </remarks>
public sealed class EnvironmentCheck
{
    /// <summary>What <c>description</c> expects of cameras: a model that has none of its own is seen from one side alone.</summary>
    public const string TwoSides = "a scene seen from two sides at least";

    /// <summary>What <c>facts</c> expects of the default goal: an environment that knows no facts has no words for one.</summary>
    public const string KnownGoal = "a default goal made of the facts' own words";

    private const int Told = 5;

    private readonly Func<Maker, IEnumerable<Finding>> _find;
    private readonly Func<IVectorEnvironment, string?>? _skip;

    private EnvironmentCheck(string name, string promise, Func<Maker, IEnumerable<Finding>> find,
        Func<IVectorEnvironment, string?>? skip = null) =>
        (Name, Promise, _find, _skip) = (name, promise, find, skip);

    /// <summary>Makes N environments, stepped by so many threads; whoever asks disposes them.</summary>
    internal delegate IVectorEnvironment Maker(int count, int workers);

    /// <summary>All checks, the cheap and telling ones first.</summary>
    public static IReadOnlyList<EnvironmentCheck> All { get; } =
    [
        new("description", "It says what it is and has measures that can be told apart; a scene has named geoms and two cameras.",
            DescriptionChecks.Description),
        new("bounds", "Observations and states stay within the bounds of their fields.", ValueChecks.Bounds),
        new("finite", "Every number is finite, under even and under extreme actions.", ValueChecks.Finite),
        new("moves", "Every field of the observation moves.", ValueChecks.Moves),
        new("poses", "Poses are places and rotations.", ValueChecks.Poses,
            environment => environment.Info.Scene is null ? "it has no scene, so there are no poses" : null),
        new("actions",
            "An action that is no number is refused before anything moves; one beyond its bounds counts as the bound.",
            ActionChecks.Actions),
        new("reward", "The reward is the sum of its terms.", ValueChecks.Reward),
        new("determinism", "Equal seeds give equal bytes, however many threads step.", RepetitionChecks.Determinism),
        new("afresh", "A reset begins afresh: what was played before changes nothing.", RepetitionChecks.Afresh),
        new("rows", "An environment alone plays as among others.", RepetitionChecks.Rows),
        new("memory",
            "A step overwrites the buffer it is given, and neither reads it nor touches one it was given before.", MemoryChecks.Memory),
        new("allocation", "A step allocates nothing.", MemoryChecks.Allocation),
        new("snapshot", "A snapshot in the middle of an episode brings it back bit for bit.", RepetitionChecks.SnapshotBack),
        new("starts", "Starts vary between environments, seeds and episodes.", EpisodeChecks.Starts),
        new("endings",
            "Time that runs out truncates, a task that ends terminates, and the last observation is not the next first one.",
            EpisodeChecks.Endings),
        new("placement", "Every source of states draws its own, and the same again.", EpisodeChecks.Placement),
        new("facts",
            "The default goal can be taken apart, and drawn states show the true and the untrue of every fact.", DescriptionChecks.Facts),
        new("cameras", "The task's camera sees what moves, and every other camera sees it somewhere.", CameraChecks.Cameras,
            environment => FrameSources.CamerasOf(environment).Count == 0
                ? "it has neither a scene nor frames of its own, so nothing can be drawn"
                : null),
    ];

    /// <summary>Short, one word.</summary>
    public string Name { get; }

    /// <summary>One sentence: what holds if nothing is found.</summary>
    public string Promise { get; }

    /// <summary>The check of a name.</summary>
    /// <exception cref="Core.UnknownNameException">There is none; offers the nearest.</exception>
    public static EnvironmentCheck Named(string name) =>
        All.FirstOrDefault(check => check.Name == name)
            ?? throw new Core.UnknownNameException("check", name, All.Select(check => check.Name));

    /// <summary>Tries it.</summary>
    /// <param name="create">Makes N environments, stepped by so many threads; called several times, and what it makes is disposed.</param>
    /// <returns>The first few findings; what the environment throws is one of them. None, and why,
    /// where the promise makes no sense.</returns>
    public CheckOutcome Run(Func<int, int, IVectorEnvironment> create)
    {
        var findings = ImmutableArray.CreateBuilder<Finding>();
        try
        {
            if (ReasonToSkip(create) is { } reason) return new CheckOutcome(Name, Promise, []) { Skipped = reason };
            foreach (Finding finding in _find(create.Invoke).Take(Told)) findings.Add(finding);
        }
        // the code that is tried is somebody else's: what it throws is the answer
        catch (Exception error) when (error is not OperationCanceledException)
        {
            findings.Add(new Finding("no error",
                $"{error.GetType().Name}: {error.Message}",
                "Mend what throws; ask for this check alone to see it from a debugger."));
        }

        return new CheckOutcome(Name, Promise, findings.ToImmutable());
    }

    private string? ReasonToSkip(Func<int, int, IVectorEnvironment> create)
    {
        if (_skip is null) return null;
        using IVectorEnvironment one = create(1, 1);
        return _skip(one);
    }
}
