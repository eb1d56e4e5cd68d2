using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Facts;
using EmbodiedRL.Core.Scenes;
using EmbodiedRL.Core.Steps;
using EmbodiedRL.Models.Contrastive;
using EmbodiedRL.Rendering;
using EmbodiedRL.Rewards.Diagnostics;

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
    private readonly byte[] _frames;

    /// <param name="environment">Owned from here on; its count is how many states are drawn at once.</param>
    /// <param name="size">Pixels a side that the model reads.</param>
    public GoalPictures(IVectorEnvironment environment, int size)
    {
        _environment = environment;
        EnvironmentInfo info = environment.Info;
        _buffer = new StepBuffer(environment.Count, info);
        _renderer = new BatchRenderer(info.RequiredScene, info.Camera, size);
        _frames = new byte[environment.Count * _renderer.FrameBytes];
        var grammar = new CaptionGrammar(info);
        _goals = [.. grammar.Examples.Select(sentence => grammar.Parse(sentence)!)];
    }

    /// <summary>One plain sentence for everything that can be said of the environment: none is picked by hand.</summary>
    public IEnumerable<string> Goals => _goals.Select(goal => goal.Text);

    /// <summary>What every picture shows.</summary>
    public string Baseline => _environment.Info.Baseline;

    /// <summary>Draws states over the whole range.</summary>
    /// <param name="model">Sees them. Lent.</param>
    /// <param name="draw">Equal numbers give equal states.</param>
    /// <param name="repainted">Whether grounds, walls and sky have colors of their own in every picture.</param>
    /// <returns>[B, D] embeddings; the states are kept until the next draw.</returns>
    public float[] Draw(IImageTextModel model, long draw, bool repainted)
    {
        int count = _environment.Count;
        _environment.SampleStates(Seed, draw, StateSource.Uniform, _buffer);
        SceneVariations? looks = repainted ? Repainting.Draw(_environment.Info.RequiredScene, count, Seed, draw) : null;
        _renderer.Render(_buffer.Poses, count, _frames, looks);
        float[] embeddings = new float[count * model.EmbeddingSize];
        model.EncodeImages(_frames, embeddings);
        return embeddings;
    }

    /// <summary>Correlation of the goal-baseline reward with the truth in the states drawn last, mean over all goals.</summary>
    public double Agreement(IImageTextModel model, float[] embeddings, float alpha) => _goals.Average(goal => GoalCheck.Correlation(
        GoalCheck.Respond(model, goal.Text, Baseline, embeddings, alpha), GoalCheck.Truths(goal, _environment.Info, _buffer.States)));

    public void Dispose()
    {
        _renderer.Dispose();
        _environment.Dispose();
    }
}
