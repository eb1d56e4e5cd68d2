using EmbodiedRL.Core;
using EmbodiedRL.Core.Facts;
using EmbodiedRL.Models.Language.Decoders;
using TorchSharp;
using static TorchSharp.torch;

namespace EmbodiedRL.Training.Reasoning;

/// <summary>
/// Auxiliary heads of a training: from every image token, what the parts of its place show; from all, how true facts are of a body.
/// </summary>
/// <remarks>
/// A list of words tells an eye little about where which shape is; asked of every part of every image, it learns the same much sooner. The
/// heads are left behind when the training ends. Own their weights.
/// </remarks>
internal sealed class SceneEyeHeads : nn.Module
{
    private const int Part = 4, Fine = 2;         // pixels of the parts that are named, and of those told from the ground
    private const long Ignored = -100;

    private static readonly int[] Classes = [1 + SceneThing.Colors.Length, 1 + SceneThing.Shapes.Length, 1 + SceneThing.Sizes.Length];

    private readonly int _tokens, _side;
    private readonly (string Environment, Fact[] Facts)[] _bodies;
    private readonly LinearLayer _parts, _ground, _facts;

    public SceneEyeHeads(int hidden, int tokens, IEnumerable<EnvironmentInfo> bodies, ulong seed) : base(nameof(SceneEyeHeads))
    {
        (_tokens, _side) = (tokens, SceneQuestions.ImageSize / (int)Math.Sqrt(tokens));
        _bodies = [.. bodies.Select(info => (info.Name, info.Facts.Where(fact => fact.IsVisible).ToArray()))];
        _parts = new LinearLayer(hidden, Places(Part) * Classes.Sum(), true, ScalarType.Float32, CPU);
        _ground = new LinearLayer(hidden, Places(Fine), true, ScalarType.Float32, CPU);
        _facts = new LinearLayer(hidden * tokens, Math.Max(1, _bodies.Sum(body => body.Facts.Length)), true, ScalarType.Float32, CPU);
        register_module("parts", _parts);
        register_module("ground", _ground);
        register_module("facts", _facts);
        Decoder.Draw(this, seed, 0.02);
    }

    /// <summary>Mean cross-entropies of what the parts show, plus that of the facts.</summary>
    /// <param name="features">[B, tokens, H], with a graph.</param>
    /// <param name="shown">[B].</param>
    /// <returns>A single number, owned by the caller's dispose scope.</returns>
    public Tensor Loss(Tensor features, IReadOnlyList<PosedQuestion> shown)
    {
        long batch = features.shape[0];
        Tensor loss = zeros(1);
        Tensor parts = _parts.forward(features).view(batch * _tokens * Places(Part), Classes.Sum());
        for (int group = 0, first = 0; group < Classes.Length; first += Classes[group++])
            loss = loss + nn.functional.cross_entropy(parts.narrow(1, first, Classes[group]), tensor(PartLabels(shown, group)),
                ignore_index: Ignored);
        (float[] ground, float[] known) = GroundLabels(shown);
        Tensor weights = tensor(known);
        loss = loss + (nn.functional.binary_cross_entropy_with_logits(_ground.forward(features).flatten(), tensor(ground), weights,
            nn.Reduction.Sum) / weights.sum().clamp(min: 1));
        if (_bodies.Length == 0) return loss;
        (float[] truths, float[] asked) = FactLabels(shown);
        Tensor shares = tensor(asked);
        return loss + (nn.functional.binary_cross_entropy_with_logits(_facts.forward(features.flatten(1)).flatten(), tensor(truths), shares,
            nn.Reduction.Sum) / shares.sum().clamp(min: 1));
    }

    private int Places(int pixels) => _side / pixels * (_side / pixels);

    private long[] PartLabels(IReadOnlyList<PosedQuestion> shown, int group)
    {
        long[] labels = new long[shown.Count * _tokens * Places(Part)];
        int at = 0;
        foreach (PosedQuestion posed in shown)
            foreach ((int x, int y) in Grid(Part))
                labels[at++] = posed.Scene is not { } scene ? Ignored
                    : scene.Segments[(y * SceneQuestions.ImageSize) + x] is var slot && slot < 0 ? 0
                    : 1 + Class(scene.Things[slot], group);
        return labels;
    }

    private static int Class(SceneThing thing, int group) =>
        group switch { 0 => thing.Color, 1 => thing.Shape, _ => thing.IsLarge ? 1 : 0 };

    private (float[] Labels, float[] Known) GroundLabels(IReadOnlyList<PosedQuestion> shown)
    {
        float[] labels = new float[shown.Count * _tokens * Places(Fine)], known = new float[labels.Length];
        int at = 0;
        foreach (PosedQuestion posed in shown)
            foreach ((int x, int y) in Grid(Fine))
            {
                if (posed.Scene is { } scene)
                    (labels[at], known[at]) = (scene.Segments[(y * SceneQuestions.ImageSize) + x] >= 0 ? 1 : 0, 1);
                at++;
            }

        return (labels, known);
    }

    private (float[] Truths, float[] Asked) FactLabels(IReadOnlyList<PosedQuestion> shown)
    {
        int all = Math.Max(1, _bodies.Sum(body => body.Facts.Length));
        float[] truths = new float[shown.Count * all], asked = new float[truths.Length];
        for (int row = 0; row < shown.Count; row++)
        {
            int at = row * all;
            foreach ((string environment, Fact[] facts) in _bodies)
                foreach (Fact fact in facts)
                {
                    if (shown[row].Environment == environment)
                        (truths[at], asked[at]) = (Math.Clamp(fact.Truth(shown[row].State), 0, 1), 1);
                    at++;
                }
        }

        return (truths, asked);
    }

    /// <summary>Middles of the parts, token by token in reading order, and in reading order within each.</summary>
    private IEnumerable<(int X, int Y)> Grid(int pixels)
    {
        int tokens = SceneQuestions.ImageSize / _side, parts = _side / pixels;
        for (int token = 0; token < _tokens; token++)
            for (int part = 0; part < parts * parts; part++)
                yield return ((token % tokens * _side) + (part % parts * pixels) + (pixels / 2),
                    (token / tokens * _side) + (part / parts * pixels) + (pixels / 2));
    }
}
