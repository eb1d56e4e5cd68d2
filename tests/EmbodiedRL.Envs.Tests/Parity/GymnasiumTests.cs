using EmbodiedRL.Contracts;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Steps;

namespace EmbodiedRL.Envs.Tests.Parity;

/// <summary>Rollouts recorded from Gymnasium, reproduced: state, observation, every term of the reward, and the end.</summary>
[Trait("Category", "Parity")]
public sealed class GymnasiumTests
{
    // On the processor type of the recording all is equal to 1e-14, whole rollouts too; another one's
    // mathematical functions may differ in last bits.
    private const double Tolerance = 1e-10;

    public static TheoryData<string> Recorded => [.. Fixtures.Family("gymnasium", "*.trajectory.safetensors")];

    [Theory]
    [MemberData(nameof(Recorded))]
    public void A_recorded_rollout_is_reproduced(string recording)
    {
        var rollouts = new Rollouts(recording);
        using var body = new RecordedBody(rollouts.Environment);
        for (int rollout = 0; rollout < rollouts.Count; rollout++)
        {
            body.Start(rollouts.Row("initial_qpos_as_set", rollout), rollouts.Row("initial_qvel_as_set", rollout));
            AssertState(rollouts, body, rollout, 0);
            for (int step = 0; step < rollouts.Steps; step++)
            {
                body.Step(rollouts.Row("action", rollout, step));
                AssertStep(rollouts, body, rollout, step);
            }
        }
    }

    /// <summary>From each recorded state, so that nothing adds up and chaos has no time.</summary>
    [Theory]
    [MemberData(nameof(Recorded))]
    public void Every_recorded_step_is_reproduced(string recording)
    {
        var rollouts = new Rollouts(recording);
        using var body = new RecordedBody(rollouts.Environment);
        for (int rollout = 0; rollout < rollouts.Count; rollout++)
        {
            body.Start(rollouts.Row("initial_qpos_as_set", rollout), rollouts.Row("initial_qvel_as_set", rollout));
            for (int step = 0; step < rollouts.Steps; step++)
            {
                // What was seen before the step (the center of mass) still lags, and is that of the step before, as recorded.
                rollouts.Row("qpos", rollout, step).CopyTo(body.Physics.Positions);
                rollouts.Row("qvel", rollout, step).CopyTo(body.Physics.Velocities);
                rollouts.Row("qacc_warmstart", rollout, step).CopyTo(body.Physics.Array<double>("qacc_warmstart"));
                body.Step(rollouts.Row("action", rollout, step));
                AssertStep(rollouts, body, rollout, step);
            }
        }
    }

    /// <summary>
    /// The same through everything that an agent's step goes through, where rows are floats and an ended episode is followed by another.
    /// </summary>
    [Theory]
    [MemberData(nameof(Recorded))]
    public void Environments_side_by_side_give_the_recorded_rows(string recording)
    {
        var rollouts = new Rollouts(recording);
        string name = RecordedBody.Require(rollouts.Environment);
        using IVectorEnvironment environment = EnvironmentCatalog.Create(name, rollouts.Count, 2);
        var buffer = new StepBuffer(rollouts.Count, environment.Info);
        environment.Reset(1, StartDistribution.Task, buffer);
        environment.Load(Begun(rollouts, environment));
        float[] actions = new float[rollouts.Count * environment.Info.Actions.Length];
        bool[] over = new bool[rollouts.Count];
        for (int step = 0; step < rollouts.Steps; step++)
        {
            for (int row = 0; row < rollouts.Count; row++)
                Copy(rollouts.Row("action", row, step), actions.AsSpan(row * environment.Info.Actions.Length));
            environment.Step(actions, buffer);
            for (int row = 0; row < rollouts.Count; row++)
                if (!over[row]) over[row] = AssertRow(rollouts, buffer, environment.Info, row, step);
        }
    }

    private static void AssertStep(Rollouts rollouts, RecordedBody body, int rollout, int step)
    {
        AssertState(rollouts, body, rollout, step + 1);
        string at = $"rollout {rollout}, step {step}";
        for (int term = 0; term < body.Terms.Length; term++)
        {
            string name = body.Task.Info.RewardTerms[term];
            AssertClose([rollouts.Number($"info.{name}", rollout, step)], [body.Terms[term]], Tolerance, $"{name}, {at}");
        }

        AssertClose([rollouts.Number("reward", rollout, step)], [body.Terms.Sum()], Tolerance, $"reward, {at}");
        Assert.Equal(rollouts.Number("terminated", rollout, step) != 0, body.IsOver);
    }

    private static void AssertState(Rollouts rollouts, RecordedBody body, int rollout, int row)
    {
        string at = $"rollout {rollout}, row {row}";
        AssertClose(rollouts.Row("qpos", rollout, row), body.Physics.Positions, Tolerance, $"qpos, {at}");
        AssertClose(rollouts.Row("qvel", rollout, row), body.Physics.Velocities, Tolerance, $"qvel, {at}");
        AssertClose(rollouts.Row("observation", rollout, row), body.Observation, Tolerance, $"observation, {at}");
    }

    /// <returns>Whether the episode ended.</returns>
    private static bool AssertRow(Rollouts rollouts, StepBuffer buffer, EnvironmentInfo info, int row, int step)
    {
        const double rounding = 1e-6; // float, relative; the velocities behind the reward are differences that were taken in double
        bool over = rollouts.Number("terminated", row, step) != 0;
        Assert.Equal(over ? StepKind.Terminated : StepKind.Mid, buffer.Kinds[row]);
        float[] seen = over ? buffer.FinalObservations : buffer.Observations;
        AssertClose(rollouts.Row("observation", row, step + 1),
            Doubles(seen.AsSpan(row * info.Observations.Length, info.Observations.Length)), rounding,
            $"observation, row {row}, step {step}");
        AssertClose([rollouts.Number("reward", row, step)], [buffer.Rewards[row]], rounding, $"reward, row {row}, step {step}");
        for (int term = 0; term < info.RewardTerms.Length; term++)
            AssertClose([rollouts.Number($"info.{info.RewardTerms[term]}", row, step)],
                [buffer.RewardTerms[(row * info.RewardTerms.Length) + term]], rounding, info.RewardTerms[term]);
        return over;
    }

    /// <summary>Environments at the recorded starts.</summary>
    private static Snapshot Begun(Rollouts rollouts, IVectorEnvironment environment)
    {
        var snapshot = new Snapshot();
        environment.Save(snapshot);
        using var body = new RecordedBody(rollouts.Environment);
        foreach (string array in new[] { "qpos", "qvel", "qacc_warmstart", "userdata" })
        {
            List<double> all = [];
            for (int rollout = 0; rollout < rollouts.Count; rollout++)
            {
                body.Start(rollouts.Row("initial_qpos_as_set", rollout), rollouts.Row("initial_qvel_as_set", rollout));
                all.AddRange(body.Physics.Array<double>(array));
            }

            snapshot.Put<double>(array, all.ToArray());
        }

        return snapshot;
    }

    private static void Copy(ReadOnlySpan<double> from, Span<float> into)
    {
        for (int i = 0; i < from.Length; i++) into[i] = (float)from[i];
    }

    private static double[] Doubles(ReadOnlySpan<float> values)
    {
        double[] copy = new double[values.Length];
        for (int i = 0; i < copy.Length; i++) copy[i] = values[i];
        return copy;
    }

    private static void AssertClose(ReadOnlySpan<double> expected, ReadOnlySpan<double> found, double tolerance, string what)
    {
        Assert.Equal(expected.Length, found.Length);
        for (int i = 0; i < expected.Length; i++)
            Assert.True(Math.Abs(expected[i] - found[i]) <= tolerance * (1 + Math.Abs(expected[i])),
                $"{what}, value {i}: expected {expected[i]:R}, found {found[i]:R}");
    }
}
