using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Rendering;
using EmbodiedRL.Simulation.Wrappers;
using EmbodiedRL.Training.Settings;

namespace EmbodiedRL.Training.Composition;

/// <summary>What a wrapper is made with, beside its own arguments.</summary>
/// <param name="Position">In the list, counted from 0, so that two of a kind draw different numbers.</param>
/// <param name="Use">What the environments are made for.</param>
/// <param name="Camera">What the reward looks through; empty for the task's own.</param>
/// <param name="Moments">Statistics that environments of one run share, by position and number of columns.</param>
internal sealed record WrapperContext(int Position, EnvironmentUse Use, string Camera, Func<int, int, RunningMoments> Moments)
{
    public bool Learns => Use == EnvironmentUse.Training;

    public RunningMoments Shared(int columns) => Moments(Position, columns);

    public string Stream(string name) => FormattableString.Invariant($"{name}-{Position}");
}

/// <summary>An argument of a wrapper.</summary>
/// <param name="Name">In the settings.</param>
/// <param name="Default">Where nothing is said; NaN where something must be.</param>
/// <param name="Least">Least value allowed.</param>
/// <param name="Most">Greatest value allowed.</param>
/// <param name="IsWhole">Whether only whole numbers are.</param>
public sealed record WrapperArgument(string Name, float Default, float Least, float Most, bool IsWhole = false);

/// <summary>A kind of wrapper.</summary>
/// <param name="Meaning">One clause for people.</param>
/// <param name="Arguments">What it can be told.</param>
/// <param name="Make">Puts it around an environment, given the value of each argument.</param>
internal sealed record WrapperKind(string Meaning, WrapperArgument[] Arguments, Func<IVectorEnvironment, Func<string, float>, WrapperContext, IVectorEnvironment> Make);

/// <summary>Every wrapper by name. A new one is one file and one line here.</summary>
internal static class WrapperCatalog
{
    private const float Any = 1e9f;

    private static readonly SortedDictionary<string, WrapperKind> Kinds = new(StringComparer.Ordinal)
    {
        ["action-delay"] = new("actions take effect later", [new("steps", float.NaN, 1, 1000, true)], (inner, args, _) => new ActionDelay(inner, (int)args("steps"))),
        ["action-noise"] = new("normal noise on actions", [new("deviation", 0.1f, 0, Any)], (inner, args, run) => new ActionNoise(inner, args("deviation"), run.Stream("action-noise"))),
        ["action-repeat"] = new("every action is played several times", [new("times", float.NaN, 1, 1000, true)], (inner, args, _) => new ActionRepeat(inner, (int)args("times"))),
        ["frame-stack"] = new("the last observations together: numbers side by side, images along channels", [new("count", 4, 1, 1000, true)], (inner, args, _) => new StackedFrames(inner, (int)args("count"))),
        ["normalize-observation"] = new("observations of mean 0 and variance 1", [new("limit", 10, 0.1f, Any)],
            (inner, args, run) => new NormalizeObservation(inner, run.Shared(inner.Info.Observations.Length), run.Learns, args("limit"))),
        ["normalize-reward"] = new("rewards of a return of variance 1", [new("discount", 0.99f, 0, 0.9999f), new("limit", 10, 0.1f, Any)],
            (inner, args, run) => new NormalizeReward(inner, run.Shared(1), run.Learns, args("discount"), args("limit"))),
        ["pixels"] = new("images (uint8) of what the camera sees, instead of the observation's numbers or beside them", [new("size", 64, 16, 1024, true), new("append", 0, 0, 1, true)],
            (inner, args, run) => new PixelObservation(inner, run.Camera.Length > 0 ? run.Camera : inner.Info.Camera, (int)args("size"), args("append") > 0)),
        ["scale-action"] = new("actions run from -1 to 1", [], (inner, _, _) => new ScaleAction(inner)),
        ["sticky-actions"] = new("now and then the last action again", [new("probability", 0.25f, 0, 1)], (inner, args, run) => new StickyActions(inner, args("probability"), run.Stream("sticky-actions"))),
        ["time-limit"] = new("shorter episodes", [new("steps", float.NaN, 1, 10_000_000, true)], (inner, args, _) => new TimeLimit(inner, (int)args("steps"))),
    };

    /// <summary>Names of wrappers, sorted.</summary>
    public static IReadOnlyCollection<string> Names => Kinds.Keys;

    /// <summary>The kind of a name.</summary>
    /// <exception cref="UnknownNameException">There is none; offers the nearest.</exception>
    public static WrapperKind Find(string name) => Kinds.TryGetValue(name, out WrapperKind? kind) ? kind : throw new UnknownNameException("environment wrapper", name, Kinds.Keys);

    /// <summary>Wraps an environment.</summary>
    /// <param name="inner">Owned by the wrapper from here on.</param>
    /// <param name="settings">Checked by <see cref="Violations"/>.</param>
    /// <param name="run">The rest.</param>
    /// <exception cref="EmbodiedException">The environment is not one that can be wrapped so.</exception>
    public static IVectorEnvironment Wrap(IVectorEnvironment inner, WrapperSettings settings, WrapperContext run)
    {
        WrapperKind kind = Find(settings.Name);
        return kind.Make(inner, name => settings.Args.TryGetValue(name, out float said) ? said : kind.Arguments.First(argument => argument.Name == name).Default, run);
    }

    /// <summary>What is wrong with the settings of a wrapper, as <c>key: expected, found</c>.</summary>
    public static IEnumerable<string> Violations(WrapperSettings settings)
    {
        if (!Kinds.TryGetValue(settings.Name, out WrapperKind? kind))
        {
            yield return $"name: {new UnknownNameException("environment wrapper", settings.Name, Kinds.Keys).Message}";
            yield break;
        }

        string[] known = [.. kind.Arguments.Select(argument => argument.Name)];
        foreach (string stray in settings.Args.Keys.Where(name => !known.Contains(name)))
            yield return $"args:{stray}: {new UnknownNameException($"argument of '{settings.Name}' called", stray, known).Message}";
        foreach (WrapperArgument argument in kind.Arguments)
        {
            float value = settings.Args.GetValueOrDefault(argument.Name, argument.Default);
            if (value >= argument.Least && value <= argument.Most && (!argument.IsWhole || value == MathF.Floor(value))) continue;
            string found = settings.Args.ContainsKey(argument.Name) ? FormattableString.Invariant($"{value}") : "nothing";
            yield return FormattableString.Invariant($"args:{argument.Name}: expected {(argument.IsWhole ? "a whole number " : "")}from {argument.Least} to {argument.Most}, found {found}.");
        }
    }
}
