using System.Collections.Immutable;
using EmbodiedRL.Core;

namespace EmbodiedRL.Training.Reasoning;

/// <summary>A caption with exactly one wrong word.</summary>
/// <param name="Text">The damaged caption.</param>
/// <param name="True">The caption before.</param>
/// <param name="Kind">What is wrong: size, color or shape.</param>
/// <param name="Wrong">The wrong word.</param>
/// <param name="Right">The word in its place in the true caption.</param>
/// <param name="Word">Index of the word among the words of the caption.</param>
public sealed record CaptionError(string Text, string True, string Kind, string Wrong, string Right, int Word);

/// <summary>Damage of a frame.</summary>
public enum FrameDamage
{
    /// <summary>None.</summary>
    None,

    /// <summary>A block of noise.</summary>
    Noise,

    /// <summary>A gray patch.</summary>
    Patch,

    /// <summary>The picture is moved; what moves in is gray.</summary>
    Shift,
}

/// <summary>Error injection: damages captions and frames of shape scenes, and says what was damaged.</summary>
public static class SceneErrors
{
    private const byte Gray = 128;

    /// <summary>A true caption: every thing by size, color and shape.</summary>
    /// <param name="things">Of the scene.</param>
    /// <param name="order">In which they are named.</param>
    public static string Caption(ImmutableArray<SceneThing> things, IEnumerable<int> order) =>
        string.Join(", ", order.Select(i => $"a {things[i].FullName}"));

    /// <summary>A caption with one wrong attribute; the damaged thing's full name is that of no thing of the scene.</summary>
    /// <param name="things">Of the scene.</param>
    /// <param name="order">In which they are named.</param>
    /// <param name="rng">Of the draw.</param>
    public static CaptionError Inject(ImmutableArray<SceneThing> things, IEnumerable<int> order, ref Rng rng)
    {
        int[] named = [.. order];
        while (true)
        {
            int place = rng.Below(named.Length), kind = rng.Below(3);
            SceneThing thing = things[named[place]], damaged = kind switch
            {
                0 => thing with { IsLarge = !thing.IsLarge },
                1 => thing with { Color = Other(thing.Color, SceneThing.Colors.Length, ref rng) },
                _ => thing with { Shape = Other(thing.Shape, SceneThing.Shapes.Length, ref rng) },
            };
            if (things.Any(other => other.FullName == damaged.FullName)) continue;
            string[] before = thing.FullName.Split(' '), after = damaged.FullName.Split(' ');
            ImmutableArray<SceneThing> changed = things.SetItem(named[place], damaged);
            string what = kind switch { 0 => "size", 1 => "color", _ => "shape" };
            return new CaptionError(Caption(changed, named), Caption(things, named), what, after[kind], before[kind],
                (4 * place) + 1 + kind);
        }
    }

    /// <summary>A wrong count of 0 to 5.</summary>
    public static int WrongCount(int right, ref Rng rng) => Other(right, ShapeGeometry.Slots + 1, ref rng);

    /// <summary>The opposite of a relation, e.g. of <c>left of</c>.</summary>
    /// <exception cref="UnknownNameException">There is no such relation.</exception>
    public static string Swapped(string relation) => relation switch
    {
        "left of" => "right of",
        "right of" => "left of",
        "behind" => "in front of",
        "in front of" => "behind",
        _ => throw new UnknownNameException("relation", relation, ["left of", "right of", "behind", "in front of"]),
    };

    /// <summary>Damages a frame in place.</summary>
    /// <param name="damage">How.</param>
    /// <param name="frame">uint8 [size, size, 3].</param>
    /// <param name="size">Pixels.</param>
    /// <param name="rng">Of the draw.</param>
    /// <returns>The region that no longer shows what it showed; the whole frame for a shift, empty for none.</returns>
    public static PixelBox Damage(FrameDamage damage, Span<byte> frame, int size, ref Rng rng)
    {
        SpecMismatchException.ThrowIfLength("frame [size, size, 3]", frame.Length, size * size * 3);
        if (damage == FrameDamage.None) return default;
        if (damage == FrameDamage.Shift) return Shift(frame, size, ref rng);
        int width = (size / 4) + rng.Below(size / 3), height = (size / 4) + rng.Below(size / 3);
        int left = rng.Below(size - width + 1), top = rng.Below(size - height + 1);
        for (int y = top; y < top + height; y++)
            foreach (ref byte level in frame.Slice(((y * size) + left) * 3, width * 3))
                level = damage == FrameDamage.Patch ? Gray : (byte)rng.Below(256);
        return new PixelBox(left, top, left + width, top + height);
    }

    private static PixelBox Shift(Span<byte> frame, int size, ref Rng rng)
    {
        int across = Amount(ref rng), down = Amount(ref rng);
        byte[] before = frame.ToArray();
        for (int y = 0; y < size; y++)
            for (int x = 0; x < size; x++)
            {
                (int fromX, int fromY) = (x - across, y - down);
                bool inside = fromX >= 0 && fromX < size && fromY >= 0 && fromY < size;
                for (int c = 0; c < 3; c++)
                    frame[(((y * size) + x) * 3) + c] = inside ? before[(((fromY * size) + fromX) * 3) + c] : Gray;
            }

        return new PixelBox(0, 0, size, size);

        int Amount(ref Rng draws) => (draws.Below(2) == 0 ? 1 : -1) * ((size / 8) + draws.Below(size / 4));
    }

    private static int Other(int value, int count, ref Rng rng) => (value + 1 + rng.Below(count - 1)) % count;
}
