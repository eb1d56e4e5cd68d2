using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Training.Composition;

namespace EmbodiedRL.App.Commands;

/// <summary>Choice of environments of which something can be said, for <c>--envs</c>.</summary>
internal static class SpokenEnvironments
{
    /// <summary>The named ones, or all that have facts.</summary>
    /// <param name="services">Where environments come from.</param>
    /// <param name="said">Names by commas; null for all. They are not looked up.</param>
    public static string[] Of(RunServices services, string? said) => said is not null
        ? said.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
        : [.. services.Environments.Names.Where(name => CanBeSpokenOf(services, name))];

    private static bool CanBeSpokenOf(RunServices services, string name)
    {
        using IVectorEnvironment environment = services.Environment(name, 1, 1);
        return !environment.Info.Facts.IsEmpty;
    }
}
