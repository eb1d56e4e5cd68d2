using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Scenes;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Rendering;
using EmbodiedRL.Rewards;
using EmbodiedRL.Training.Evaluation;
using EmbodiedRL.Training.Loop;

namespace EmbodiedRL.App.Viewing;

/// <summary>Goal scorer: scores states by a typed sentence, with a goal-conditioned reward and through its camera.</summary>
internal sealed class GoalScorer : IDisposable
{
    private readonly IGoalReward _reward;
    private readonly RendererPool _renderers = new();
    private readonly BatchRenderer _renderer;
    private readonly FrameBatch _frame;
    private readonly Func<IVectorEnvironment>? _openStates;
    private readonly ulong _seed;
    private SentenceCheck? _check;

    /// <summary>Opens a renderer; there is no goal yet.</summary>
    /// <param name="reward">Owned from here on, with its model.</param>
    /// <param name="info">Of the environment; its camera is taken if the reward names none.</param>
    /// <param name="openStates">Makes <see cref="RewardCheck.Rows"/> environments, whose states judge sentences; null judges none.</param>
    /// <param name="seed">Of the run that is judged for.</param>
    public GoalScorer(IGoalReward reward, EnvironmentInfo info, Func<IVectorEnvironment>? openStates = null, ulong seed = 1)
    {
        (_openStates, _seed) = (openStates, seed);
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

    /// <summary>What the check says of the goal, by the environment's own states; null without a goal or such states.</summary>
    public SentenceVerdict? Verdict { get; private set; }

    /// <summary>Scores against this sentence from now on, and judges it.</summary>
    /// <exception cref="SettingsException">It means the same to the model as the baseline; the goal stays what it was.</exception>
    public void SetGoal(string goal)
    {
        if (goal.Length > 0 && _reward.Violation(goal) is { } violation) throw new SettingsException("goal", [violation]);
        Goal = goal;
        UnknownWords = goal.Length > 0 ? _reward.Model.UnknownWords(goal) : [];
        Verdict = goal.Length > 0 && _openStates is not null ? (_check ??= Draw(_openStates)).Judge(goal, CancellationToken.None) : null;
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

    private SentenceCheck Draw(Func<IVectorEnvironment> openStates)
    {
        using IVectorEnvironment states = openStates();
        return SentenceCheck.DrawAsync(states, _renderers, Camera, _reward, _seed, CancellationToken.None).GetAwaiter().GetResult();
    }

    /// <summary>Frees renderer, reward and model.</summary>
    public void Dispose()
    {
        _renderers.Dispose();
        _reward.Dispose();
        _reward.Model.Dispose();
    }
}
