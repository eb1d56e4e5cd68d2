namespace EmbodiedRL.Envs.Tabletop;

/// <summary>Kind of thing on the table: a shape, a color and a size, each of which may be left open.</summary>
/// <param name="Shape">0 ball, 1 cube, 2 cylinder, or <see cref="Any"/>.</param>
/// <param name="Color">0 red, 1 green, 2 blue, 3 yellow, 4 orange, 5 purple, or <see cref="Any"/>.</param>
/// <param name="Size">0 small, 1 large, or <see cref="Any"/>.</param>
internal readonly record struct ThingKind(int Shape = ThingKind.Any, int Color = ThingKind.Any, int Size = ThingKind.Any)
{
    /// <summary>An attribute that is left open.</summary>
    public const int Any = -1;

    /// <summary>How many there are of each.</summary>
    public const int Shapes = 3, Colors = 6, Sizes = 2;

    /// <summary>Kinds with no attribute left open: as many as there are bodies.</summary>
    public const int Count = Shapes * Colors * Sizes;

    /// <summary>The kind that includes all; a default value would be a small red ball.</summary>
    public static ThingKind Anything => new(Any, Any, Any);

    /// <summary>The kind of a body.</summary>
    /// <param name="body">In [0, <see cref="Count"/>), sizes outermost, shapes innermost.</param>
    public static ThingKind Of(int body) => new(body % Shapes, body / Shapes % Colors, body / (Shapes * Colors));

    /// <summary>The body of a kind with no attribute left open.</summary>
    public int Body => (((Size * Colors) + Color) * Shapes) + Shape;

    /// <summary>Whether a slot [6] holds a thing of this kind.</summary>
    public bool Includes(ReadOnlySpan<float> slot) =>
        slot[TabletopState.Present] > 0.5f && Agrees(Shape, slot[TabletopState.Shape]) && Agrees(Color, slot[TabletopState.Color])
        && Agrees(Size, slot[TabletopState.Size]);

    private static bool Agrees(int wanted, float value) => wanted == Any || wanted == value;
}
