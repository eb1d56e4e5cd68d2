using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Facts;
using EmbodiedRL.Core.Scenes;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Core.Steps;
using EmbodiedRL.Models.Encoders;
using EmbodiedRL.Rendering;
using EmbodiedRL.Rewards.Diagnostics;
using EmbodiedRL.Rewards.Sources;

namespace EmbodiedRL.Benchmarks.Proofs;

/// <summary>
/// States of an environment as a model sees them, and how well rewards of sentences follow what is true there. Owns
/// environment and renderer, not the model.
/// </summary>
internal sealed class GoalPictures : IDisposable
{
    private const ulong Seed = 46;

    private readonly IVectorEnvironment _environment;
    private readonly StepBuffer _buffer;
    private readonly BatchRenderer _renderer;
    private readonly Caption[] _goals;
    private readonly FrameBatch _frames;

    /// <param name="environment">Owned from here on; its count is how many states are drawn at once.</param>
    /// <param name="size">Pixels a side that the model reads.</param>
    public GoalPictures(IVectorEnvironment environment, int size)
    {
        _environment = environment;
        EnvironmentInfo info = environment.Info;
        _buffer = new StepBuffer(environment.Count, info);
        _renderer = new BatchRenderer(info.RequiredScene, info.Camera, size);
        _frames = new FrameBatch(FrameSpec.Square(size), environment.Count);
        var grammar = new CaptionGrammar(info);
        _goals = [.. grammar.Examples.Select(sentence => grammar.Parse(sentence)!)];
    }

    /// <summary>One plain sentence for everything that can be said of the environment: none is picked by hand.</summary>
    public IEnumerable<string> Goals => _goals.Select(goal => goal.Text);

    /// <summary>What every picture shows.</summary>
    public string Baseline => _environment.Info.Baseline;

    /// <summary>Draws states over the whole range; they are kept until the next draw.</summary>
    /// <param name="draw">Equal numbers give equal states.</param>
    /// <param name="repainted">Whether grounds, walls and sky have colors of their own in every picture.</param>
    public void Draw(long draw, bool repainted)
    {
        int count = _environment.Count;
        _environment.SampleStates(Seed, draw, StateSource.Uniform, _buffer);
        SceneVariations? variations = repainted ? Repainting.Draw(_environment.Info.RequiredScene, count, Seed, draw) : null;
        _renderer.Render(_buffer.Poses, count, _frames.Pixels, variations);
    }

    /// <summary>[B, D], the embeddings of the states drawn last.</summary>
    public float[] Embed(IImageTextModel model)
    {
        float[] embeddings = new float[_environment.Count * model.EmbeddingSize];
        model.EncodeImages(_frames.Pixels, model.ImageSize, model.ImageSize, embeddings);
        return embeddings;
    }

    /// <summary>[G][B], the goal-baseline reward of the states drawn last, for every goal.</summary>
    public double[][] Scores(IImageTextModel model, float alpha)
    {
        string[] goals = [.. Goals];
        using var reward = new GoalBaselineReward("proof", model, goals[..1], [Baseline], alpha);
        return GoalCheck.Score(reward, _frames, goals);
    }

    /// <summary>Correlation of the goal-baseline reward with the truth in the states drawn last, mean over all goals.</summary>
    public double Agreement(IImageTextModel model, float alpha)
    {
        double[][] scores = Scores(model, alpha);
        return _goals.Select((goal, i) =>
            GoalCheck.Correlation(scores[i], GoalCheck.Truths(goal, _environment.Info, _buffer.States))).Average();
    }

    public void Dispose()
    {
        _renderer.Dispose();
        _environment.Dispose();
    }
}
