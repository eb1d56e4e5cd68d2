using System.Globalization;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Rewards.Verifiers.Boxes;

namespace EmbodiedRL.Benchmarks.Proofs;

/// <summary>A colored primitive of a made scene.</summary>
/// <param name="Color">Place in <see cref="MadeScene.Colors"/>.</param>
/// <param name="Shape">Place in <see cref="MadeScene.Shapes"/>.</param>
/// <param name="Box">In pixels of a picture of <see cref="MadeScene.Side"/> * Side.</param>
internal sealed record MadeObject(int Color, int Shape, Box Box)
{
    public string ColorName => MadeScene.Colors[Color];

    public string ShapeName => MadeScene.Shapes[Shape];

    /// <summary>E.g. <c>red cube</c>.</summary>
    public string Name => $"{ColorName} {ShapeName}";

    /// <summary>Whether its center is left of another's.</summary>
    public bool IsLeftOf(MadeObject other) => Box.Center.X < other.Box.Center.X;
}

/// <summary>A made scene: primitives on a table whose truth is known exactly; nothing is drawn.</summary>
/// <param name="Objects">In no order.</param>
internal sealed record MadeScene(IReadOnlyList<MadeObject> Objects)
{
    /// <summary>Width and height of the picture.</summary>
    public const int Side = 100;

    private const int Tries = 1000;

    public static IReadOnlyList<string> Colors { get; } = ["red", "green", "blue", "yellow"];

    public static IReadOnlyList<string> Shapes { get; } = ["cube", "ball", "cone"];

    /// <summary>Draws a scene.</summary>
    /// <param name="count">Of objects.</param>
    /// <param name="rng">Draws.</param>
    /// <param name="mostOverlap">Greatest IoU of two objects.</param>
    /// <param name="least">Least side of a box in pixels.</param>
    /// <param name="most">Greatest side.</param>
    public static MadeScene Draw(int count, ref Rng rng, double mostOverlap = 0, double least = 10, double most = 30)
    {
        var objects = new List<MadeObject>();
        for (int i = 0; i < Tries && objects.Count < count; i++)
        {
            (double width, double height) = (rng.Uniform(least, most), rng.Uniform(least, most));
            (double left, double top) = (rng.Uniform(0, Side - width), rng.Uniform(0, Side - height));
            var box = new Box(left, top, left + width, top + height);
            if (objects.TrueForAll(other => BoxOverlap.Iou(box, other.Box) <= mostOverlap))
                objects.Add(new MadeObject(rng.Below(Colors.Count), rng.Below(Shapes.Count), box));
        }

        return objects.Count == count ? new MadeScene(objects)
            : throw new InvalidOperationException($"{count} objects of this size do not fit on the table.");
    }

    /// <summary>Draws several scenes.</summary>
    public static MadeScene[] Draw(int scenes, int count, ref Rng rng, double mostOverlap = 0)
    {
        var result = new MadeScene[scenes];
        for (int i = 0; i < scenes; i++) result[i] = Draw(count, ref rng, mostOverlap);
        return result;
    }

    /// <summary>Reasoning, then an answer.</summary>
    public static string Tagged(string thought, string answer) => $"<think>{thought}</think><answer>{answer}</answer>";

    /// <summary>A list of boxes as answers and references write it.</summary>
    public static string Json(IEnumerable<(string Label, Box Box)> boxes) =>
        $"[{string.Join(',', boxes.Select(one => Json(one.Label, one.Box)))}]";

    /// <summary>A box as answers and references write it.</summary>
    /// <param name="label">May be empty.</param>
    /// <param name="box">In pixels.</param>
    /// <param name="confidence">Null where none is stated.</param>
    public static string Json(string label, Box box, double? confidence = null) =>
        string.Create(CultureInfo.InvariantCulture,
            $"{{\"label\":\"{label}\",\"box\":[{box.Left:R},{box.Top:R},{box.Right:R},{box.Bottom:R}]")
        + (confidence is { } sure ? string.Create(CultureInfo.InvariantCulture, $",\"confidence\":{sure:R}}}") : "}");

    /// <summary>A question for the boxes of all objects, by shape.</summary>
    public Question BoxesQuestion() => new("Find all objects.", Json(Objects.Select(one => (one.ShapeName, one.Box))), AnswerForm.Boxes);

    /// <summary>[length], 1 at a place.</summary>
    public static double[] OneHot(int place, int length)
    {
        double[] vector = new double[length];
        vector[place] = 1;
        return vector;
    }
}
