using System.Text.Json;
using System.Text.Json.Nodes;
using EmbodiedRL.App.Commands;
using EmbodiedRL.App.Tests.Commands;
using EmbodiedRL.Core;
using EmbodiedRL.Training.Composition;
using EmbodiedRL.Training.Demonstrations;

namespace EmbodiedRL.App.Tests.Demonstrations;

/// <summary>Recordings of environments that settings compose, played again by nothing but what the recording holds.</summary>
public sealed class ComposedReplayTests : IDisposable
{
    private const string Wrapped = """
        { "env": { "name": "cartpole", "wrappers": [
          { "name": "frame-stack", "count": 3 }, { "name": "sticky-actions", "probability": 0.3 }, "normalize-observation" ] } }
        """;

    private const string Heavy = """
        { "env": { "name": "cartpole", "randomize": { "heldOut": 0.2, "parameters": [
          { "name": "mass", "of": [ "pole" ], "minimum": 0.5, "maximum": 2 } ] } } }
        """;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(Wrapped, "expert")]
    [InlineData(Wrapped, "random")]
    [InlineData(Heavy, "expert")]
    public async Task Wrappers_streams_and_draws_come_back_with_every_number_equal(string settings, string policy)
    {
        await File.WriteAllTextAsync(_folder["mine.json"], settings);
        await Done("record", "--settings", _folder["mine.json"], "--policy", policy, "--episodes", "2", "--out", _folder["mine.parquet"]);
        File.Delete(_folder["mine.json"]);
        Assert.EndsWith("2 episodes, 1000 steps, every number equal.\n",
            await Done("replay", _folder["mine.parquet"]), StringComparison.Ordinal);
    }

    /// <summary>That the settings of the header are what is played: the same file with other ones goes another way.</summary>
    [Theory]
    [InlineData(Heavy, "\"maximum\": 2", "\"maximum\": 2.5", "episode 0, step 0: state ")]
    [InlineData(Wrapped, "\"probability\": 0.3", "\"probability\": 0.9", "episode 0, step ")]
    public async Task Other_settings_than_those_recorded_diverge(string settings, string recorded, string other, string at)
    {
        await File.WriteAllTextAsync(_folder["mine.json"], settings);
        await Done("record", "--settings", _folder["mine.json"], "--policy", "random", "--episodes", "1", "--out", _folder["mine.parquet"]);
        await Alter("mine.parquet", "other.parquet", header => header with { Settings = Replaced(header.Settings, recorded, other) });
        (int code, string output, _) = await RunAsync("replay", _folder["other.parquet"]);
        Assert.Equal(ExitCode.DidNotHold, code);
        Assert.Contains(at, output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("pendulum")]
    [InlineData("leg")]
    [InlineData("gripper")]
    public async Task A_recording_of_a_model_file_stands_for_itself(string name)
    {
        CopyExamples();
        await Done("record", "--settings", _folder[$"settings/{name}.json"], "--policy", "random", "--episodes", "2",
            "--out", _folder["model.parquet"]);
        Directory.Delete(_folder["settings"], recursive: true);
        Directory.Delete(_folder["models"], recursive: true);
        Assert.EndsWith("every number equal.\n", await Done("replay", _folder["model.parquet"]), StringComparison.Ordinal);
        Assert.Contains($"{name}.xml, kept here, sha256:", await Done("demos", "show", _folder["model.parquet"]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_model_too_large_to_be_kept_is_found_where_it_was_or_where_one_says()
    {
        CopyExamples();
        string model = _folder["models/leg.xml"];
        await Done("record", "--settings", _folder["settings/leg.json"], "--policy", "random", "--episodes", "1",
            "--out", _folder["kept.parquet"]);
        await Alter("kept.parquet", "leg.parquet", header => header with { Model = RecordedMjcf.Of(model, mostBytes: 100) });
        await Done("replay", _folder["leg.parquet"]);

        Directory.CreateDirectory(_folder["elsewhere"]);
        File.Move(model, _folder["elsewhere/leg.xml"]);
        string hash = (await DemonstrationFile.ReadHeaderAsync(_folder["leg.parquet"])).Model!.Hash;
        (int code, string output, string error) = await RunAsync("replay", _folder["leg.parquet"]);
        Assert.Equal((ExitCode.BadInput, ""), (code, output));
        Assert.All(new[] { "'leg.xml'", hash, _folder["models"], "--model-folder" },
            part => Assert.Contains(part, error, StringComparison.Ordinal));
        await Done("replay", _folder["leg.parquet"], "--model-folder", _folder["elsewhere"]);

        await File.AppendAllTextAsync(_folder["elsewhere/leg.xml"], "<!-- a little different -->");
        Verbs.RefusedBecause(hash, await RunAsync("replay", _folder["leg.parquet"], "--model-folder", _folder["elsewhere"]));
    }

    [Fact]
    public void Files_that_a_recording_keeps_stay_in_their_folder_and_are_those_recorded()
    {
        CopyExamples();
        RecordedMjcf model = RecordedMjcf.Of(_folder["models/leg.xml"]);
        byte[] bytes = model.Files["leg.xml"]!;
        Directory.CreateDirectory(_folder["target"]);
        RecordedMjcf outside = model with { File = "../leg.xml", Files = new Dictionary<string, byte[]?> { ["../leg.xml"] = bytes } };
        Assert.Contains("within one folder",
            Assert.Throws<CorruptFileException>(() => outside.Place(null, _folder["target"], "x.parquet")).Message,
            StringComparison.Ordinal);
        Assert.False(File.Exists(_folder["leg.xml"]));
        RecordedMjcf altered = model with { Files = new Dictionary<string, byte[]?> { ["leg.xml"] = [.. bytes, (byte)' '] } };
        Assert.Contains(model.Hash,
            Assert.Throws<CorruptFileException>(() => altered.Place(null, _folder["target"], "x.parquet")).Message,
            StringComparison.Ordinal);
        Assert.Equal(bytes, File.ReadAllBytes(model.Place(null, _folder["target"], "x.parquet")));
    }

    [Fact]
    public async Task What_this_program_does_not_know_is_refused_with_its_key()
    {
        await File.WriteAllTextAsync(_folder["mine.json"], Wrapped);
        await Done("record", "--settings", _folder["mine.json"], "--policy", "random", "--episodes", "1", "--out", _folder["mine.parquet"]);
        await Alter("mine.parquet", "other.parquet",
            header => header with { Settings = Replaced(header.Settings, "\"frame-stack\"", "\"frame-heap\"") });
        Verbs.RefusedBecause("env:wrappers:0:name: There is no environment wrapper 'frame-heap'",
            await RunAsync("replay", _folder["other.parquet"]));
        Verbs.RefusedBecause("found two of them",
            await RunAsync("record", "cartpole", "--settings", _folder["mine.json"], "--out", _folder["x.parquet"]));
        Verbs.RefusedBecause("found none of them", await RunAsync("record", "--out", _folder["x.parquet"]));
    }

    private void CopyExamples()
    {
        foreach (string kind in new[] { "settings", "models" })
        {
            Directory.CreateDirectory(_folder[kind]);
            foreach (string file in Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "examples", kind)))
                File.Copy(file, Path.Combine(_folder[kind], Path.GetFileName(file)));
        }
    }

    private async Task Alter(string from, string to, Func<DemonstrationHeader, DemonstrationHeader> alter) =>
        await DemonstrationFile.WriteAsync(_folder[to], alter(await DemonstrationFile.ReadHeaderAsync(_folder[from])),
            await RecordedEpisodes.ReadAsync(_folder[from]));

    private static JsonElement Replaced(JsonElement settings, string part, string other)
    {
        var options = new JsonSerializerOptions { WriteIndented = true };
        string text = JsonNode.Parse(settings.GetRawText())!.ToJsonString(options);
        Assert.Contains(part, text, StringComparison.Ordinal);
        return JsonSerializer.Deserialize<JsonElement>(text.Replace(part, other, StringComparison.Ordinal));
    }

    private static async Task<string> Done(params string[] arguments)
    {
        (int code, string output, string error) = await RunAsync(arguments);
        Assert.True(code == ExitCode.Done, output + error);
        return output;
    }

    private static Task<(int Code, string Output, string Error)> RunAsync(params string[] arguments) =>
        Verbs.RunAsync([new RecordCommand(RunServices.Shipped), new ReplayCommand(RunServices.Shipped), new DemosCommand()], arguments);
}
