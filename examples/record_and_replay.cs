// Records three swing-ups of the cart-pole's scripted expert as Parquet, reads them back, and plays one again bit for bit.
//   dotnet run -c Release examples/record_and_replay.cs [FILE.parquet]
#:project ../src/EmbodiedRL.Training/EmbodiedRL.Training.csproj
#:property PublishAot=false
#:property UsesTorch=true
#:property IncludeProjectNameInArtifactsPaths=true
using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Steps;
using EmbodiedRL.Envs;
using EmbodiedRL.Training.Demonstrations;

string path = args is [var file] ? file : "runs/swing-ups.parquet";
using IVectorEnvironment environment = EnvironmentCatalog.Create("cartpole", count: 1);
var expert = new ExpertPolicy(environment, "upright");            // a script over the physics: no learning
var recording = new DemonstrationRecording(environment, expert) { Seed = 7 };
DemonstrationHeader header = DemonstrationHeader.Of(environment.Info, settings: null, recording.Seed, recording.Start, "expert upright");
header = await DemonstrationFile.WriteAsync(path, header, recording.Play(episodes: 3));
Console.WriteLine($"{path}: {header.Episodes} episodes, {header.Steps} steps");

var replay = new DemonstrationReplay(environment);
await foreach (DemonstrationEpisode episode in DemonstrationFile.ReadAsync(path)) // one episode in memory at a time
{
    Divergence? divergence = replay.Play(episode);
    Console.WriteLine($"episode {episode.Index}: return {episode.Rewards.Sum():0.0}, "
        + $"{(divergence is null ? "every number equal" : divergence)}");
    if (divergence is not null) return 3;
}

return 0;
