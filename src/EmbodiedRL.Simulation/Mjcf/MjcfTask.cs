using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Simulation.Physics;
using EmbodiedRL.Simulation.Tasks;

namespace EmbodiedRL.Simulation.Mjcf;

/// <summary>Task described by settings, over any model.</summary>
/// <remarks>
/// Episodes begin the same way whatever the distribution of starts: at the keyframe or the model's default, with noise. Sensors and
/// velocities of bodies are computed anew after the physics steps, so that all numbers of a row are of one moment.
/// </remarks>
public sealed class MjcfTask(MjcfPlan plan) : ITask
{
    private MjcfRow? _row;

    /// <inheritdoc/>
    public TaskInfo Info => plan.Info;

    /// <inheritdoc/>
    public void Start(PhysicsView physics, StartDistribution start, ref Rng rng)
    {
        if (plan.Start is { } key) physics.Reset(key);
        MjcfNoise noise = plan.Reset.Noise;
        JointNoise.Move(physics, noise, plan.Reset.Positions, ref rng);
        foreach (ref double velocity in physics.Velocities) velocity += plan.Reset.Velocities * JointNoise.Draw(noise, ref rng);
        AfterSteps(physics);
    }

    /// <inheritdoc/>
    public void Place(PhysicsView physics, StateSource source, ref Rng rng)
    {
        int keys = physics.Model.Size("nkey");
        if (source == StateSource.Uniform) JointNoise.Scatter(physics, ref rng);
        else if (source == StateSource.Keyframes && keys > 0) physics.Reset(new KeyframeId(rng.Below(keys)));
        else if (plan.Start is { } key) physics.Reset(key);
        double scale = Math.Max(0.01, plan.Reset.Positions) * (source == StateSource.HardNegatives ? 0.5 : 1);
        if (source != StateSource.Uniform) JointNoise.Move(physics, plan.Reset.Noise, scale, ref rng);
        AfterSteps(physics);
    }

    /// <inheritdoc/>
    public void Act(PhysicsView physics, ReadOnlySpan<float> action)
    {
        Span<double> controls = physics.Controls;
        for (int i = 0; i < controls.Length; i++) controls[i] = action[i];
    }

    /// <inheritdoc/>
    public void AfterSteps(PhysicsView physics)
    {
        if (plan.HasSensors) physics.Forward();
        else
        {
            physics.UpdateKinematics();
            physics.UpdateVelocities();
        }
    }

    /// <inheritdoc/>
    public void Observe(PhysicsView physics, Span<float> observation) => RowOf(physics).Read(plan.Observation, observation);

    /// <inheritdoc/>
    public void ReadState(PhysicsView physics, Span<float> state) => RowOf(physics).Read(plan.State, state);

    /// <inheritdoc/>
    /// <exception cref="NonFiniteException">The formula gives no number in this state.</exception>
    public void Reward(PhysicsView physics, ReadOnlySpan<float> state, ReadOnlySpan<float> action, Span<double> terms)
    {
        terms[0] = plan.Reward?.Invoke(state, action) ?? 0;
        if (!double.IsFinite(terms[0]))
            throw new NonFiniteException($"{MjcfPlan.Key}:reward '{plan.RewardText}'",
                $"time {physics.Time:0.###} s of an episode",
                "Keep roots, logarithms and divisions within their bounds.");
    }

    /// <inheritdoc/>
    public bool IsOver(PhysicsView physics, ReadOnlySpan<float> state) => plan.Over?.Invoke(state, []) > 0.5;

    private MjcfRow RowOf(PhysicsView physics)
    {
        if (_row is null || !ReferenceEquals(_row.Physics, physics)) _row = new MjcfRow(physics);
        return _row;
    }
}
