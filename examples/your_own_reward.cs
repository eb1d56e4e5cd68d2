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
using EmbodiedRL.Envs;
using EmbodiedRL.Training.Loop;

const int steps = 200, count = 8;
using IVectorEnvironment environment = EnvironmentCatalog.Create("cartpole", count);
EnvironmentInfo info = environment.Info;
using IActor actor = new RandomPolicy(info.Actions).CreateActor(count, ActorMode.Sample, seed: 1);
using var source = new EnvironmentSource(environment, actor, steps, new EnvironmentSourceOptions());
source.Begin(seed: 1);
RewardBatch batch = await source.NextAsync(CancellationToken.None);

using var reward = new Spin(info);
float[] scores = new float[batch.Rows];
await reward.ScoreAsync(batch, scores, ScoreContext.Preview());
Console.WriteLine($"{reward.Spec.Name}: mean {scores.Average():0.000}, best {scores.Max():0.000}; the task's own mean "
    + $"{source.Batch.TaskRewards.Average():0.000}");

/// <summary>1 from 10 rad/s on, 0 at rest.</summary>
internal sealed class Spin(EnvironmentInfo info) : Reward(new RewardSpec("spin", BatchFields.States, Minimum: 0, Maximum: 1))
{
    private readonly int _velocity = info.State.Offset("pole/velocity"); // a wrong name throws with the nearest

    public override ValueTask ScoreAsync(RewardBatch batch, Memory<float> scores, ScoreContext context)
    {
        Check(batch, scores);
        ReadOnlySpan<float> states = batch.As<TrajectoryBatch>().States;
        for (int row = 0; row < batch.Rows; row++)
            scores.Span[row] = (float)Shaping.Tolerance(states[(row * info.State.Length) + _velocity],
                lower: 10, upper: double.PositiveInfinity, margin: 10, Falloff.Linear, valueAtMargin: 0);
        return ValueTask.CompletedTask;
    }
}
