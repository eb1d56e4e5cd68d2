namespace EmbodiedRL.Envs.Tabletop;

/// <summary>
/// Layout of a state row [S]: position and velocity of the finger, then slots of things, the present ones first and from left to right.
/// </summary>
internal static class TabletopState
{
    /// <summary>Places in a row.</summary>
    public const int Finger = 0, Velocity = 2, Slots = 4;

    /// <summary>Places in a slot; y follows x.</summary>
    public const int Present = 0, Shape = 1, Color = 2, Size = 3, X = 4, Y = 5;

    /// <summary>Numbers in a slot, slots in a row, and numbers in a row.</summary>
    public const int SlotLength = 6, MostThings = 5, Length = Slots + (MostThings * SlotLength);

    /// <summary>Slot [6] of a thing, counted from 0.</summary>
    public static ReadOnlySpan<float> Slot(ReadOnlySpan<float> state, int thing) => state.Slice(Slots + (thing * SlotLength), SlotLength);

    /// <summary>How many things are of a kind.</summary>
    public static int Count(ReadOnlySpan<float> state, ThingKind kind)
    {
        int count = 0;
        for (int thing = 0; thing < MostThings; thing++)
            if (kind.Includes(Slot(state, thing))) count++;
        return count;
    }

    /// <summary>The leftmost thing of a kind; -1 if there is none.</summary>
    public static int Leftmost(ReadOnlySpan<float> state, ThingKind kind)
    {
        for (int thing = 0; thing < MostThings; thing++)
            if (kind.Includes(Slot(state, thing))) return thing;
        return -1;
    }

    /// <summary>From the finger to the nearest thing of a kind, m along the table; infinite if there is none.</summary>
    public static double NearestDistance(ReadOnlySpan<float> state, ThingKind kind)
    {
        double nearest = double.PositiveInfinity;
        for (int thing = 0; thing < MostThings; thing++)
            if (kind.Includes(Slot(state, thing))) nearest = Math.Min(nearest, Distance(state, thing));
        return nearest;
    }

    /// <summary>From the finger to a thing's center, m along the table.</summary>
    public static double Distance(ReadOnlySpan<float> state, int thing)
    {
        ReadOnlySpan<float> slot = Slot(state, thing);
        double x = slot[X] - state[Finger], y = slot[Y] - state[Finger + 1];
        return Math.Sqrt((x * x) + (y * y));
    }

    /// <summary>
    /// By how much the best pair of two kinds differs along an axis: the second's coordinate less the first's, m; null if a thing is
    /// missing.
    /// </summary>
    /// <param name="state">[S].</param>
    /// <param name="first">A kind that shares no thing with <paramref name="second"/>.</param>
    /// <param name="second">The other kind.</param>
    /// <param name="axis"><see cref="X"/> or <see cref="Y"/>.</param>
    public static double? LargestDifference(ReadOnlySpan<float> state, ThingKind first, ThingKind second, int axis)
    {
        double? least = null, most = null;
        for (int thing = 0; thing < MostThings; thing++)
        {
            ReadOnlySpan<float> slot = Slot(state, thing);
            if (first.Includes(slot)) least = Math.Min(least ?? slot[axis], slot[axis]);
            if (second.Includes(slot)) most = Math.Max(most ?? slot[axis], slot[axis]);
        }

        return most - least;
    }
}
