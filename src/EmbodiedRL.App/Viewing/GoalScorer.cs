using EmbodiedRL.Core;
using EmbodiedRL.Core.Scenes;
using EmbodiedRL.Models.Contrastive;
using EmbodiedRL.Rendering;
using EmbodiedRL.Rewards.Sources;

namespace EmbodiedRL.App.Viewing;

/// <summary>Goal scorer: scores images against a sentence by the training reward, through the task's camera at the model's size.</summary>
internal sealed class GoalScorer : IDisposable
{
    private readonly IImageTextModel _model;
    private readonly BatchRenderer _eye;
    private readonly string _baseline;
    private readonly float _alpha;
    private readonly byte[] _frame;
    private readonly float[] _embedding;
    private GoalBaselineProjection? _projection;

    /// <summary>Opens an eye; there is no goal yet.</summary>
    /// <param name="model">Owned from here on.</param>
    /// <param name="info">Of the environment.</param>
    /// <param name="baseline">What every frame shows.</param>
    /// <param name="alpha">Strength of the regularization, in [0, 1].</param>
    public GoalScorer(IImageTextModel model, EnvironmentInfo info, string baseline, float alpha)
    {
        (_model, _baseline, _alpha, Camera) = (model, baseline, alpha, info.Camera);
        _eye = new BatchRenderer(info.RequiredScene, info.Camera, model.ImageSize);
        _frame = new byte[_eye.FrameBytes];
        _embedding = new float[model.EmbeddingSize];
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
        if (goal.Length > 0)
        {
            int size = _model.EmbeddingSize;
            float[] texts = new float[2 * size];
            _model.EncodeTexts([goal, _baseline], texts);
            _projection = new GoalBaselineProjection(texts.AsSpan(0, size), texts.AsSpan(size), size, _alpha);
        }

        Goal = goal;
        UnknownWords = goal.Length > 0 ? _model.UnknownWords(goal) : [];
    }

    /// <summary>The score of a state, at most 1; null without a goal.</summary>
    /// <param name="poses">[G, 12].</param>
    /// <param name="looks">How this environment differs in looks; null if it does not.</param>
    public float? Score(ReadOnlySpan<float> poses, SceneVariations? looks = null)
    {
        if (Goal.Length == 0 || _projection is null) return null;
        _eye.Render(poses, 1, _frame, looks);
        _model.EncodeImages(_frame, _embedding);
        return _projection.Score(_embedding);
    }

    /// <summary>Frees eye and model.</summary>
    public void Dispose()
    {
        _eye.Dispose();
        _model.Dispose();
    }
}
