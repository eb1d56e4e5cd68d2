namespace EmbodiedRL.Algorithms.Kernel;

/// <summary>Linear schedule: a value that changes linearly over the run.</summary>
/// <param name="Start">At progress 0.</param>
/// <param name="End">At progress 1.</param>
public readonly record struct LinearSchedule(double Start, double End)
{
    /// <summary>A value that stays.</summary>
    public static LinearSchedule Constant(double value) => new(value, value);

    /// <summary>The value at a share of the run; shares outside [0, 1] count as the nearer end.</summary>
    public double At(double progress) => Start + ((End - Start) * Math.Clamp(progress, 0, 1));
}
