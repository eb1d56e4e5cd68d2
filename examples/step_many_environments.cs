// Steps 256 cart-poles at once under random actions and says how fast. No GL, no libtorch.
//   dotnet run -c Release examples/step_many_environments.cs
#:project ../src/EmbodiedRL.Core/EmbodiedRL.Core.csproj
#:project ../envs/EmbodiedRL.Envs.csproj
#:property PublishAot=false
#:property IncludeProjectNameInArtifactsPaths=true
using System.Diagnostics;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Steps;
using EmbodiedRL.Envs;

const int count = 256, steps = 500;
using IVectorEnvironment environment = EnvironmentCatalog.Create("cartpole", count);
var buffer = new StepBuffer(count, environment.Info);            // yours: the environments write into it
float[] actions = new float[count * environment.Info.Actions.Length];
var rng = Rng.For(seed: 1, "actions");

environment.Reset(seed: 1, StartDistribution.Task, buffer);      // equal seeds, equal bytes, however many threads
long started = Stopwatch.GetTimestamp();
int ended = 0;
for (int step = 0; step < steps; step++)
{
    for (int i = 0; i < actions.Length; i++) actions[i] = (float)rng.Uniform(-1, 1);
    environment.Step(actions, buffer);                           // allocates nothing
    ended += buffer.Kinds.Count(kind => kind.Ends());            // truncated by time; the next episode has begun already
}

double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
Console.WriteLine($"{count * steps / seconds:N0} steps/s, {ended} episodes, mean reward of the last step {buffer.Rewards.Average():0.000}");
