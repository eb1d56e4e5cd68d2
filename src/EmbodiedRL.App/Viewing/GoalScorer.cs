using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Scenes;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Rendering;
using EmbodiedRL.Rewards;
using EmbodiedRL.Training.Loop;

namespace EmbodiedRL.App.Viewing;

/// <summary>Goal scorer: scores states by a typed sentence, with a goal-conditioned reward and through its camera.</summary>
internal sealed class GoalScorer : IDisposable
{
    private readonly IGoalReward _reward;
    private readonly RendererPool _renderers = new();
    private readonly BatchRenderer _renderer;
    private readonly FrameBatch _frame;

    /// <summary>Opens a renderer; there is no goal yet.</summary>
    /// <param name="reward">Owned from here on, with its model.</param>
    /// <param name="info">Of the environment; its camera is taken if the reward names none.</param>
    public GoalScorer(IGoalReward reward, EnvironmentInfo info)
    {
        FrameSpec spec = reward.Spec.Frames ?? throw new SpecMismatchException("goal scorer", "a reward that reads frames", "one without");
        (_reward, Camera) = (reward, spec.Camera.Length > 0 ? spec.Camera : info.Camera);
        _renderer = _renderers.Get(info.RequiredScene, Camera, spec);
        _frame = new FrameBatch(spec, 1);
    }

    /// <summary>What it is seen through.</summary>
    public string Camera { get; }

    /// <summary>What is to be scored; empty for nothing.</summary>
    public string Goal { get; private set; } = "";

    /// <summary>Words of the goal that the model has never seen: its scores then mean little.</summary>
    public IReadOnlyList<string> UnknownWords { get; private set; } = [];

    /// <summary>Scores against this sentence from now on.</summary>
    /// <exception cref="SettingsException">It means the same to the model as the baseline; the goal stays what it was.</exception>
    public void SetGoal(string goal)
    {
        if (goal.Length > 0 && _reward.Violation(goal) is { } violation) throw new SettingsException("goal", [violation]);
        Goal = goal;
        UnknownWords = goal.Length > 0 ? _reward.Model.UnknownWords(goal) : [];
    }

    /// <summary>The score of a state, at most 1; null without a goal.</summary>
    /// <param name="poses">[G, 12].</param>
    /// <param name="variations">How this environment differs from the scene's visuals; null if it does not.</param>
    public float? Score(ReadOnlySpan<float> poses, SceneVariations? variations = null)
    {
        if (Goal.Length == 0) return null;
        _renderer.Render(poses, 1, _frame.Pixels, variations);
        Span<float> score = [0];
        _reward.ScoreGoals(_frame, [Goal], score, CancellationToken.None);
        return score[0];
    }

    /// <summary>Frees renderer, reward and model.</summary>
    public void Dispose()
    {
        _renderers.Dispose();
        _reward.Dispose();
        _reward.Model.Dispose();
    }
}
