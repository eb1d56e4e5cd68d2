using EmbodiedRL.Core;

namespace EmbodiedRL.Training.Reasoning;

/// <summary>Split of questions: no question of one is drawn for another, whatever the seeds' indices.</summary>
public enum QuestionSplit
{
    /// <summary>To learn from.</summary>
    Train,

    /// <summary>To choose by.</summary>
    Validation,

    /// <summary>To report.</summary>
    Test,
}

/// <summary>What is asked, and how often.</summary>
public sealed record SceneQuestionSettings
{
    /// <summary>Kinds of questions, in turns: names of <see cref="SceneQuestions.AllKinds"/>.</summary>
    [Length(1, 64)]
    public IReadOnlyList<string> Kinds { get; init; } = SceneQuestions.UsualKinds;

    /// <summary>Equal seeds give equal questions.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Which of three disjoint sets.</summary>
    public QuestionSplit Split { get; init; } = QuestionSplit.Train;

    /// <summary>Distinct questions, after which they begin anew in another order; 0 is endless.</summary>
    [Range(0, 100_000_000)]
    public int Distinct { get; init; }

    /// <summary>Share of images that are damaged after the truth was computed, so that a question may have no sure answer.</summary>
    [Range(0, 1)]
    public double DamagedShare { get; init; }

    /// <summary>Environments whose bodies are shown; only those kinds that ask about bodies read it.</summary>
    [Length(1, 64)]
    public IReadOnlyList<string> Environments { get; init; } = ["cartpole", "color-reacher", "gym/half-cheetah", "gym/humanoid"];

    /// <summary>Throws if a setting cannot be used.</summary>
    /// <exception cref="SettingsException">Names all violations.</exception>
    /// <exception cref="UnknownNameException">There is no such kind.</exception>
    internal void Validate()
    {
        string[] violations = [.. SettingRanges.Violations(this)];
        if (violations.Length > 0) throw new SettingsException("scene questions", violations);
        foreach (string kind in Kinds)
            if (!SceneQuestions.AllKinds.Contains(kind)) throw new UnknownNameException("kind of question", kind, SceneQuestions.AllKinds);
    }
}
