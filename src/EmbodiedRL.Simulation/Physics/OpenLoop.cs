using EmbodiedRL.Core;
using EmbodiedRL.Simulation.Native;

namespace EmbodiedRL.Simulation.Physics;

/// <summary>Open-loop simulation: a model under given controls, one physics step a row.</summary>
/// <param name="Positions">qpos [T, nq]; row t is the state after step t + 1.</param>
/// <param name="Velocities">qvel [T, nv].</param>
/// <param name="Sensors">sensordata [T, nsensordata]; as MuJoCo has it, of the state at the step's start.</param>
public sealed record OpenLoop(double[] Positions, double[] Velocities, double[] Sensors)
{
    /// <summary>Runs a model from its default state; activations and mocap bodies start at their defaults.</summary>
    /// <param name="model">Lent.</param>
    /// <param name="controls">[T, nu], as they are: bounds are MuJoCo's matter.</param>
    /// <param name="steps">T.</param>
    /// <param name="positions">qpos [nq] to start from; empty for the model's.</param>
    /// <param name="velocities">qvel [nv] to start from; empty for the model's.</param>
    /// <exception cref="SpecMismatchException">A length is not the model's.</exception>
    /// <exception cref="NonFiniteException">A control or a start is NaN or infinite.</exception>
    /// <exception cref="PhysicsDivergedException">The state went bad; says at which step.</exception>
    /// <exception cref="EmbodiedException">The engine gave up; carries its word.</exception>
    public static OpenLoop Run(MujocoModel model, ReadOnlyMemory<double> controls, int steps, ReadOnlyMemory<double> positions,
        ReadOnlyMemory<double> velocities)
    {
        SpecMismatchException.ThrowIfLength("ctrl [T, nu]", controls.Length, checked(steps * model.ControlCount));
        Require("ctrl", controls.Span);
        using var physics = new PhysicsView(model);
        physics.Reset();
        Start("qpos0", positions.Span, physics.Positions);
        Start("qvel0", velocities.Span, physics.Velocities);

        int sensors = model.Size("nsensordata");
        var run = new OpenLoop(new double[steps * model.PositionCount], new double[steps * model.VelocityCount],
            new double[steps * sensors]);
        EngineCall call = EngineCall.Run(() => run.Play(physics, controls.Span, steps, sensors));
        return call.Error is null ? run : throw new EmbodiedException($"{model.File}: MuJoCo gave up: {call.Error}");
    }

    private void Play(PhysicsView physics, ReadOnlySpan<double> controls, int steps, int sensors)
    {
        MujocoModel model = physics.Model;
        for (int step = 0; step < steps; step++)
        {
            controls.Slice(step * model.ControlCount, model.ControlCount).CopyTo(physics.Controls);
            if (!physics.Step(1))
                throw new PhysicsDivergedException(model.File, 0, step + 1,
                    "MuJoCo found a position, velocity or acceleration that is not finite or too large");
            physics.Positions.CopyTo(Positions.AsSpan(step * model.PositionCount));
            physics.Velocities.CopyTo(Velocities.AsSpan(step * model.VelocityCount));
            physics.SensorData.CopyTo(Sensors.AsSpan(step * sensors));
        }
    }

    private static void Start(string name, ReadOnlySpan<double> values, Span<double> into)
    {
        if (values.IsEmpty) return;
        SpecMismatchException.ThrowIfLength(name, values.Length, into.Length);
        Require(name, values);
        values.CopyTo(into);
    }

    private static void Require(string name, ReadOnlySpan<double> values)
    {
        for (int i = 0; i < values.Length; i++)
            if (!double.IsFinite(values[i])) throw new NonFiniteException(name, $"position {i} (value {values[i]})");
    }
}
