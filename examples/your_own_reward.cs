// A reward is a class that scores whole rollouts. This one likes a pole that turns fast; it is scored on what random actions lead to.
//   dotnet run -c Release examples/your_own_reward.cs
#:project ../src/EmbodiedRL.Training/EmbodiedRL.Training.csproj
#:property PublishAot=false
#:property UsesTorch=true
#:property IncludeProjectNameInArtifactsPaths=true
using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Core.Steps;
using EmbodiedRL.Envs;
using EmbodiedRL.Training.Loop;
using EmbodiedRL.Training.Runs;

const int steps = 200, count = 8;
using IVectorEnvironment environment = Catalog.Create("cartpole", count);
EnvironmentInfo info = environment.Info;
var buffer = new StepBuffer(count, info);
var batch = new TrajectoryBatch(steps, count, info);
var policy = new RandomPolicy(info.Actions, seed: 1);
float[] actions = new float[count * info.Actions.Length], observations = new float[buffer.Observations.Length], unknown = new float[count];
environment.Reset(seed: 1, StartDistribution.WholeRange, buffer);
for (int step = 0; step < steps; step++)
{
    buffer.Observations.CopyTo(observations, 0);
    policy.Act(observations, actions, deterministic: false);
    environment.Step(actions, buffer);
    batch.Record(step, observations, actions, unknown, buffer);
}

using var reward = new Spin(info);
float[] rewards = new float[batch.Rows];
await reward.ScoreAsync(batch, rewards, CancellationToken.None);
Console.WriteLine($"{reward.Spec.Name}: mean {rewards.Average():0.000}, best {rewards.Max():0.000}; the task's own mean {batch.TaskRewards.Average():0.000}");

/// <summary>1 from 10 rad/s on, 0 at rest.</summary>
internal sealed class Spin(EnvironmentInfo info) : IReward
{
    private readonly int _velocity = info.State.Offset("pole/velocity"); // a wrong name throws with the nearest

    public RewardSpec Spec { get; } = new("spin", RewardReads.States, Minimum: 0, Maximum: 1);

    public ValueTask ScoreAsync(TrajectoryBatch batch, Memory<float> rewards, CancellationToken cancel)
    {
        for (int row = 0; row < batch.Rows; row++)
            rewards.Span[row] = (float)Shaping.Tolerance(batch.States[(row * info.State.Length) + _velocity], lower: 10, upper: double.PositiveInfinity, margin: 10, Falloff.Linear, valueAtMargin: 0);
        return ValueTask.CompletedTask;
    }

    public void Save(Snapshot into)
    {
    }

    public void Load(Snapshot from)
    {
    }

    public void Dispose()
    {
    }
}
