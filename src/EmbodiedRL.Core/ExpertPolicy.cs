using EmbodiedRL.Core.Contracts;

namespace EmbodiedRL.Core;

/// <summary>Scripted policy: an environment's own script. It reads the environments themselves, so it acts in no others.</summary>
public sealed class ExpertPolicy : IPolicy
{
    private readonly IExpertSource _source;

    /// <summary>The script of one skill.</summary>
    /// <param name="environment">Where it acts. Lent.</param>
    /// <param name="skill">A success measure that the script knows; null for its first.</param>
    /// <exception cref="UnknownNameException">The script does not know the skill, or there is no script.</exception>
    public ExpertPolicy(IVectorEnvironment environment, string? skill = null)
    {
        _source = environment as IExpertSource
            ?? throw new UnknownNameException($"scripted expert of '{environment.Info.Name}'", skill ?? "any", []);
        Skill = skill is null ? _source.Skills.FirstOrDefault("") : skill;
        if (!_source.Skills.Contains(Skill))
            throw new UnknownNameException($"scripted expert of '{environment.Info.Name}'", skill ?? "any", _source.Skills);
    }

    /// <summary>What it brings about.</summary>
    public string Skill { get; }

    /// <summary>The skills of an environment's script; empty if it has none.</summary>
    public static IReadOnlyList<string> SkillsOf(IVectorEnvironment environment) =>
        environment is IExpertSource source ? source.Skills : [];

    /// <inheritdoc/>
    /// <remarks>A script samples nothing, so mode and seed change nothing; it reads more than observations.</remarks>
    /// <exception cref="SpecMismatchException">The count is not the environments'.</exception>
    public IActor CreateActor(int count, ActorMode mode, ulong seed) => new ScriptActor(this);

    private sealed class ScriptActor(ExpertPolicy policy) : IActor
    {
        public void Act(ObservationRows observations, ReadOnlySpan<bool> starts, Span<float> actions, Span<float> logProbabilities)
        {
            policy._source.Demonstrate(policy.Skill, actions);
            logProbabilities.Clear();
        }

        public void Save(Snapshot into)
        {
        }

        public void Load(Snapshot from)
        {
        }

        public void Dispose()
        {
        }
    }
}
