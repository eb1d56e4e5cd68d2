using EmbodiedRL.Core.Contracts;

namespace EmbodiedRL.Core;

/// <summary>An environment's own script as a policy. It reads the environments themselves, so it acts in no others.</summary>
public sealed class ExpertPolicy : IPolicy
{
    private readonly IExpertSource _source;

    /// <summary>The script of one skill.</summary>
    /// <param name="environment">Where it acts. Lent.</param>
    /// <param name="skill">A success measure that the script knows; null for its first.</param>
    /// <exception cref="UnknownNameException">The script does not know the skill, or there is no script.</exception>
    public ExpertPolicy(IVectorEnvironment environment, string? skill = null)
    {
        _source = environment as IExpertSource ?? throw new UnknownNameException($"scripted expert of '{environment.Info.Name}'", skill ?? "any", []);
        Skill = skill is null ? _source.Skills.FirstOrDefault("") : skill;
        if (!_source.Skills.Contains(Skill)) throw new UnknownNameException($"scripted expert of '{environment.Info.Name}'", skill ?? "any", _source.Skills);
    }

    /// <summary>What it brings about.</summary>
    public string Skill { get; }

    /// <summary>The skills of an environment's script; empty if it has none.</summary>
    public static IReadOnlyList<string> SkillsOf(IVectorEnvironment environment) => environment is IExpertSource source ? source.Skills : [];

    /// <inheritdoc/>
    /// <remarks>A script draws nothing, so <paramref name="deterministic"/> changes nothing; it knows more than <paramref name="observations"/>.</remarks>
    public void Act(ReadOnlySpan<float> observations, Span<float> actions, bool deterministic) => _source.Demonstrate(Skill, actions);
}
