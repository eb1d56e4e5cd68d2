using EmbodiedRL.Core;

namespace EmbodiedRL.Envs.Tabletop;

/// <summary>Arrangement of things on the table: draws which stand there, and where.</summary>
internal struct TabletopLayout
{
    /// <summary>m: centers stand within these distances of the table's center.</summary>
    public const double HalfWidth = 0.22, HalfDepth = 0.2;

    /// <summary>m, between two centers at least: a small thing behind a large one is hidden in part only.</summary>
    public const double Apart = 0.15;

    private const int Tries = 40;               // for a place, before all are drawn anew
    private const double Aligned = 0.02;        // m, that a pair side by side is off its line at most

    private PerThing<int> _bodies;
    private PerThing<(double X, double Y)> _places;

    /// <summary>How many things there are.</summary>
    public int Count { get; private set; }

    /// <summary>Body of a thing, see <see cref="ThingKind.Of"/>.</summary>
    public readonly int Body(int thing) => _bodies[thing];

    /// <summary>Center of a thing, m.</summary>
    public readonly (double X, double Y) Place(int thing) => _places[thing];

    /// <summary>As many different things of a kind as said, anywhere.</summary>
    /// <param name="kind">Includes at least <paramref name="count"/> bodies.</param>
    /// <param name="count">1 to 5.</param>
    /// <param name="rng">Of the draw.</param>
    public static TabletopLayout Draw(ThingKind kind, int count, ref Rng rng)
    {
        var layout = new TabletopLayout();
        layout.AddUntil(kind, count, ref rng);
        layout.Scatter(ref rng);
        return layout;
    }

    /// <summary>As many different things as said, anywhere, at least one of them of a kind.</summary>
    public static TabletopLayout DrawWith(ThingKind kind, int count, ref Rng rng)
    {
        var layout = new TabletopLayout();
        layout.AddUntil(kind, 1, ref rng);
        layout.AddUntil(ThingKind.Anything, count, ref rng);
        layout.Scatter(ref rng);
        return layout;
    }

    /// <summary>Two things that differ in exactly one of shape, color and size.</summary>
    public static TabletopLayout DrawTwins(ref Rng rng)
    {
        ThingKind first = ThingKind.Of(rng.Below(ThingKind.Count));
        ThingKind second = rng.Below(3) switch
        {
            0 => first with { Shape = (first.Shape + 1 + rng.Below(ThingKind.Shapes - 1)) % ThingKind.Shapes },
            1 => first with { Color = (first.Color + 1 + rng.Below(ThingKind.Colors - 1)) % ThingKind.Colors },
            _ => first with { Size = 1 - first.Size },
        };
        var layout = new TabletopLayout();
        layout.Add(first);
        layout.Add(second);
        layout.Scatter(ref rng);
        return layout;
    }

    /// <summary>Two things of different shape and color side by side or one behind the other, in either order.</summary>
    public static TabletopLayout DrawNeighbors(ref Rng rng)
    {
        ThingKind first = ThingKind.Of(rng.Below(ThingKind.Count));
        var second = new ThingKind(
            (first.Shape + 1 + rng.Below(ThingKind.Shapes - 1)) % ThingKind.Shapes,
            (first.Color + 1 + rng.Below(ThingKind.Colors - 1)) % ThingKind.Colors, rng.Below(ThingKind.Sizes));
        var layout = new TabletopLayout();
        layout.Add(first);
        layout.Add(second);

        bool sideBySide = rng.NextDouble() < 0.5;
        double half = rng.Uniform(Apart / 2, 0.14), along = sideBySide ? HalfWidth : HalfDepth, across = sideBySide ? HalfDepth : HalfWidth;
        double center = rng.Uniform(half - along, along - half), line = rng.Uniform(Aligned - across, across - Aligned);
        for (int thing = 0; thing < 2; thing++)
        {
            double at = center + (thing == 0 ? -half : half), off = line + rng.Uniform(-Aligned, Aligned);
            layout._places[thing] = sideBySide ? (at, off) : (off, at);
        }

        return layout;
    }

    private void AddUntil(ThingKind kind, int count, ref Rng rng)
    {
        while (Count < count)
        {
            ThingKind drawn = ThingKind.Of(rng.Below(ThingKind.Count));
            if (kind.Shape is not ThingKind.Any) drawn = drawn with { Shape = kind.Shape };
            if (kind.Color is not ThingKind.Any) drawn = drawn with { Color = kind.Color };
            if (kind.Size is not ThingKind.Any) drawn = drawn with { Size = kind.Size };
            if (!Has(drawn.Body)) Add(drawn);
        }
    }

    private void Add(ThingKind kind) => _bodies[Count++] = kind.Body;

    private readonly bool Has(int body)
    {
        for (int thing = 0; thing < Count; thing++)
            if (_bodies[thing] == body) return true;
        return false;
    }

    private void Scatter(ref Rng rng)
    {
        int placed = 0, tries = 0;
        while (placed < Count)
        {
            _places[placed] = (rng.Uniform(-HalfWidth, HalfWidth), rng.Uniform(-HalfDepth, HalfDepth));
            if (IsApart(placed)) (placed, tries) = (placed + 1, 0);
            else if (++tries == Tries) (placed, tries) = (0, 0);
        }
    }

    private readonly bool IsApart(int thing)
    {
        for (int other = 0; other < thing; other++)
            if (Math.Pow(_places[thing].X - _places[other].X, 2) + Math.Pow(_places[thing].Y - _places[other].Y, 2) < Apart * Apart)
                return false;
        return true;
    }

    [System.Runtime.CompilerServices.InlineArray(TabletopState.MostThings)]
    private struct PerThing<T>
    {
        private T _first;
    }
}
