using System.Text.Json;
using EmbodiedRL.App.Commands;
using EmbodiedRL.Contracts;
using EmbodiedRL.Models.Hub;
using EmbodiedRL.Models.Tests.Hub;
using EmbodiedRL.Training.Composition;
using EmbodiedRL.Training.Tests;

namespace EmbodiedRL.App.Tests.Commands;

/// <summary>The verbs for models of a hub, against a hub on this machine.</summary>
public sealed class PulledModelsCommandTests : IDisposable
{
    private const string Name = TestHub.Name, Repository = TestHub.Repository;

    private readonly TestHub _hub = new();

    public void Dispose() => _hub.Dispose();

    [Fact]
    public async Task A_model_is_listed_pulled_and_listed_as_here()
    {
        JsonElement before = await ListedAsync();
        Assert.Equal((false, "hub", $"./embodied models pull {Name}", Repository),
            (before.GetProperty("present").GetBoolean(), Text(before, "origin"), Text(before, "command"), Text(before, "repository")));

        (int code, string output, string error) = await Run("models", "pull", Name);
        Assert.True(code == ExitCode.Done, error);
        string[] told = [Name, "0.7 MB in 5 files, 0.7 MB transferred", Repository, _hub.Commit, _hub.Snapshot, _hub.LockFile];
        foreach (string said in told)
            Assert.Contains(said, output, StringComparison.Ordinal);

        JsonElement after = await ListedAsync();
        Assert.Equal((true, _hub.Commit, _hub.Snapshot, HubServer.Sha256(_hub.Weights), "apache-2.0"),
            (after.GetProperty("present").GetBoolean(), Text(after, "revision"), Text(after, "folder"), Text(after, "sha256"),
                Text(after, "license")));
        Assert.Equal(_hub.Weights.Length + TestHub.Small.Sum(file => file.Item2.Length), after.GetProperty("bytes").GetInt64());

        (_, output, _) = await Run("models", "list");
        string line = Assert.Single(output.Split('\n'), line => line.StartsWith(Name, StringComparison.Ordinal));
        Assert.Matches($@"^{Name} +bert +apache-2.0 +0\.7 MB +{Repository}$", line);
        Assert.Matches(@"^clip-vit-b-32 +clip +not stated +no +openai/clip-vit-base-patch32$",
            Assert.Single(output.Split('\n'), line => line.StartsWith("clip-vit-b-32", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Several_are_pulled_at_once_and_answered_in_json()
    {
        _hub.Add("some/other", "main", ("config.json", TestHub.Text("{}")), ("model.safetensors", TestHub.Noise(10, 1)));
        (int code, string output, string error) = await Run("models", "pull", Name, "some/other", "--json");
        Assert.True(code == ExitCode.Done, error);
        using JsonDocument answer = JsonDocument.Parse(output);
        Assert.Equal([Repository, "some/other"], answer.RootElement.EnumerateArray().Select(model => Text(model, "repository")));
        JsonElement weights = answer.RootElement[0].GetProperty("files").EnumerateArray()
            .Single(file => Text(file, "path") == "model.safetensors");
        Assert.Equal(HubServer.Sha256(_hub.Weights), Text(weights, "sha256"));

        (_, output, _) = await Run("models", "list", "--json"); // what was pulled is listed, though the manifest does not name it
        using JsonDocument list = JsonDocument.Parse(output);
        JsonElement other = list.RootElement.EnumerateArray().Single(model => Text(model, "name") == "some/other");
        Assert.True(other.GetProperty("present").GetBoolean());
    }

    [Fact]
    public async Task Retries_and_other_revisions_are_told_on_stderr_and_the_token_nowhere()
    {
        _hub.Variables["HF_TOKEN"] = "hf_secret";
        int asked = 0;
        _hub.Server.Script = _ => asked++ == 0 ? HubAnswer.Of(503) : null;
        (int code, string output, string error) = await Run("models", "pull", Name);
        Assert.Equal(ExitCode.Done, code);
        Assert.Contains("503; next attempt in 1 s.", error, StringComparison.Ordinal);
        _hub.Server.Script = _ => HubAnswer.Of(403);
        (code, string refused, error) = await Run("models", "pull", Name, "--update");
        Assert.Equal((ExitCode.Failed, ""), (code, refused));
        Assert.Contains("HF_TOKEN", error, StringComparison.Ordinal);
        Assert.DoesNotContain("hf_secret", output + error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Offline_takes_the_cache_and_asks_nobody()
    {
        Refused("Offline nothing is pulled", await Run("models", "pull", Name, "--offline"));
        Assert.Empty(_hub.Server.Requests);
        await _hub.PullAsync();
        File.Delete(_hub.LockFile);
        int asked = _hub.Server.Requests.Count;
        Assert.Equal(ExitCode.Done, (await Run("models", "pull", Name, "--offline")).Code);
        Assert.Equal(asked, _hub.Server.Requests.Count);
        Assert.True(File.Exists(_hub.LockFile));
    }

    [Theory]
    [InlineData("'clip-vit-b-32'", "models", "pull", "clip-vit-b32")]
    [InlineData("ships with the project", "models", "pull", "color")]
    [InlineData("--revision", "models", "pull", Name, "clip-vit-b-32", "--revision", "main")]
    [InlineData("--revision", "models", "pull", Name, "--revision", "../x")]
    [InlineData("no-such-branch", "models", "pull", Name, "--revision", "no-such-branch")]
    [InlineData("Required", "models", "pull")]
    [InlineData("'clip-vit-b-32'", "models", "verify", "clip-vit-b32")]
    [InlineData("records nothing of it", "models", "verify", Name)]
    [InlineData("'clip-vit-b-32'", "models", "card", "clip-vit-b32")]
    [InlineData("Check the path", "models", "card", "./nowhere")]
    [InlineData("./embodied models train color", "models", "card", "color")]
    public async Task Bad_input_is_one_clear_line_and_code_2(string says, params string[] arguments) => Refused(says, await Run(arguments));

    [Fact]
    public async Task Interrupted_it_ends_with_130_and_goes_on_later()
    {
        using var interruption = new CancellationTokenSource();
        var silence = new TaskCompletionSource();
        _hub.Store.Script = request =>
        {
            interruption.CancelAfter(TimeSpan.Zero);
            return _hub.Store.Answer(request) with { CutAfter = 1000, Silence = silence.Task };
        };
        Assert.Equal(ExitCode.Interrupted, (await Run(interruption, "models", "pull", Name)).Code);
        silence.SetResult();
        _hub.Store.Script = null;
        Assert.Equal(ExitCode.Done, (await Run("models", "pull", Name)).Code);
    }

    [Fact]
    public async Task Verify_finds_every_altered_file_and_says_both_hashes()
    {
        await _hub.PullAsync();
        (int code, string output, string error) = await Run("models", "verify", Name);
        Assert.Equal((ExitCode.Done, ""), (code, error));
        Assert.StartsWith($"{Name}: ok, 5 files", output, StringComparison.Ordinal);

        string weights = Path.Combine(_hub.Snapshot, "model.safetensors");
        byte[] altered = [.. _hub.Weights];
        altered[^1] ^= 0x80;
        File.WriteAllBytes(weights, altered);
        File.Delete(Path.Combine(_hub.Snapshot, "tokenizer.json"));
        (code, output, _) = await Run("models", "verify");
        Assert.Equal(ExitCode.DidNotHold, code);
        foreach (string said in new[]
        {
            $"{weights}: expected sha256 {HubServer.Sha256(_hub.Weights)}, found sha256 {HubServer.Sha256(altered)}.",
            "tokenizer.json: expected", "found no such file", $"./embodied models pull {Name} --update"
        })
            Assert.Contains(said, output, StringComparison.Ordinal);

        (code, output, _) = await Run("models", "verify", Name, "--json");
        Assert.Equal(ExitCode.DidNotHold, code);
        using JsonDocument answer = JsonDocument.Parse(output);
        Assert.False(answer.RootElement.GetProperty("holds").GetBoolean());
        JsonElement files = answer.RootElement.GetProperty("models")[0].GetProperty("files");
        Assert.Equal(["model.safetensors differs", "tokenizer.json missing"], files.EnumerateArray()
            .Where(file => Text(file, "state") != "ok").Select(file => $"{Text(file, "file")} {Text(file, "state")}"));

        Assert.Equal(ExitCode.Done, (await Run("models", "pull", Name)).Code);
        Assert.Equal(ExitCode.Done, (await Run("models", "verify")).Code);
    }

    [Fact]
    public async Task Verify_takes_no_offence_at_what_is_recorded_but_not_here()
    {
        await _hub.PullAsync();
        Directory.Delete(_hub.Cache, recursive: true);
        (int code, string output, _) = await Run("models", "verify");
        Assert.Equal(ExitCode.Done, code);
        Assert.Contains("but not here", output, StringComparison.Ordinal);
        Refused($"./embodied models pull {Name}", await Run("models", "verify", Name));
    }

    [Fact]
    public async Task Weights_that_ship_are_verified_against_the_manifest_of_assets()
    {
        string folder = Path.Combine(_hub.Folder, "weights", "color");
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "model.safetensors"), "weights");
        Refused("of your own", await Run("models", "verify", "color"));
        AssetManifest.Refresh(_hub.Folder, folder, "MIT", "made");
        Assert.Equal(ExitCode.Done, (await Run("models", "verify", "color")).Code);
        File.WriteAllText(Path.Combine(folder, "model.safetensors"), "altered");
        (int code, string output, _) = await Run("models", "verify");
        Assert.Equal(ExitCode.DidNotHold, code);
        Assert.Contains("./embodied models train color", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_models_that_ship_are_as_their_manifest_says()
    {
        (int code, string output, string error) =
            await Verbs.RunAsync([new ModelsCommand(RunServices.Shipped with { Hub = _hub.Settings })], "models", "verify");
        Assert.True(code == ExitCode.Done, output + error);
        Assert.Contains("scene-clip: ok", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_card_says_what_is_known_before_and_after_the_pull()
    {
        (int code, string output, string error) = await Run("models", "card", Name);
        Assert.Equal((ExitCode.Done, ""), (code, error));
        Assert.Contains($"not here; get it with: ./embodied models pull {Name}", output, StringComparison.Ordinal);
        Assert.Empty(_hub.Server.Requests);

        await _hub.PullAsync();
        (_, output, _) = await Run("models", "card", Name);
        foreach (string line in new[]
        {
            $"{Repository}, {_hub.Server.Address}{Repository}", $"{_hub.Commit}, as the lock file records", "apache-2.0", "512 tokens",
            "384 numbers", "700,000", HubServer.Sha256(_hub.Weights), Path.Combine(_hub.Snapshot, "README.md"),
        })
            Assert.Contains(line, output, StringComparison.Ordinal);

        (_, output, _) = await Run("models", "card", Name, "--json");
        using JsonDocument card = JsonDocument.Parse(output);
        JsonElement said = card.RootElement;
        Assert.Equal((true, true, 512, 384, 5), (said.GetProperty("present").GetBoolean(), said.GetProperty("locked").GetBoolean(),
            said.GetProperty("contextLength").GetInt32(), said.GetProperty("embeddingSize").GetInt32(),
            said.GetProperty("files").GetArrayLength()));
        (_, output, _) = await Run("models", "card", _hub.Snapshot, "--json");
        using JsonDocument folder = JsonDocument.Parse(output);
        Assert.Equal("bert", Text(folder.RootElement, "kind"));
        Assert.Equal(JsonValueKind.Null, folder.RootElement.GetProperty("repository").ValueKind);
    }

    [Fact]
    public async Task The_card_of_a_model_that_ships_is_its_page()
    {
        ICommand[] commands = [new ModelsCommand(RunServices.Shipped with { Hub = _hub.Settings })];
        (int code, string output, _) = await Verbs.RunAsync(commands, "models", "card", "scene-clip");
        Assert.Equal(ExitCode.Done, code);
        Assert.Equal(File.ReadAllText(Path.Combine(Fixtures.RepositoryRoot, "assets", "weights", "scene-clip", "README.md")), output);
        (_, output, _) = await Verbs.RunAsync(commands, "models", "card", "scene-clip", "--json");
        using JsonDocument card = JsonDocument.Parse(output);
        Assert.Equal("scene-clip", Text(card.RootElement, "name"));
    }

    [Fact]
    public async Task Folders_of_ones_own_are_listed_also_when_they_are_damaged()
    {
        string own = Path.Combine(_hub.Folder, "models");
        Directory.CreateDirectory(Path.Combine(own, "mine"));
        Directory.CreateDirectory(Path.Combine(own, "damaged"));
        File.WriteAllText(Path.Combine(own, "mine", "config.json"), "{\"model_type\":\"clip\"}");
        File.WriteAllText(Path.Combine(own, "damaged", "config.json"), "{");
        _hub.Variables["EMBODIED_MODELS"] = own;
        (int code, string output, string error) = await Run("models", "list", "--json");
        Assert.True(code == ExitCode.Done, error);
        using JsonDocument list = JsonDocument.Parse(output);
        Assert.Equal(["damaged:", "mine:clip"], list.RootElement.EnumerateArray().Where(model => Text(model, "origin") == "folder")
            .Select(model => $"{Text(model, "name")}:{Text(model, "kind")}"));
    }

    [Fact]
    public void The_page_lists_what_the_manifest_lists()
    {
        string page = File.ReadAllText(Path.Combine(Fixtures.RepositoryRoot, "assets", "docs", "models.md"));
        string table = string.Concat(KnownModels.All.Select(model =>
            $"| `{model.Name}` | {model.Repository} | {model.Kind} | {model.License ?? "not stated"} |\n"));
        Assert.Contains(table + "\n", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Progress_is_one_line_on_a_terminal_and_seldom_one_in_a_log()
    {
        var time = new ManualTime();
        using var terminal = new StringWriter();
        var line = new PullLine(terminal, time, isTerminal: true);
        var progress = new PullProgress("model.safetensors", 3, 7, 250_000_000, 1_000_000_000, 12_300_000, TimeSpan.FromSeconds(61));
        line.Report(progress);
        line.Report(progress);
        Assert.Equal("\r[######..................]  25%  250.0/1,000.0 MB  12.3 MB/s  0:01:01 to go  model.safetensors (3 of 7)",
            terminal.ToString());
        line.Wait("x", "it broke", TimeSpan.FromSeconds(4));
        Assert.EndsWith("(3 of 7)\nx: it broke; next attempt in 4 s.\n", terminal.ToString(), StringComparison.Ordinal);

        using var log = new StringWriter();
        line = new PullLine(log, time, isTerminal: false);
        line.Report(progress);
        time.Advance(9);
        line.Report(progress);
        Assert.Equal("", log.ToString());
        time.Advance(2);
        line.Report(progress);
        line.Report(progress);
        line.Finish();
        string only = Assert.Single(log.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.StartsWith("[######", only, StringComparison.Ordinal);
    }

    private async Task<JsonElement> ListedAsync()
    {
        (int code, string output, string error) = await Run("models", "list", "--json");
        Assert.True(code == ExitCode.Done, error);
        using JsonDocument list = JsonDocument.Parse(output);
        return list.RootElement.EnumerateArray().Single(model => Text(model, "name") == Name).Clone();
    }

    private static string? Text(JsonElement element, string name) => element.GetProperty(name).GetString();

    private static void Refused(string says, (int Code, string Output, string Error) answer) => Verbs.RefusedBecause(says, answer);

    private async Task<(int Code, string Output, string Error)> Run(params string[] arguments)
    {
        using var interruption = new CancellationTokenSource();
        return await Run(interruption, arguments);
    }

    private async Task<(int Code, string Output, string Error)> Run(CancellationTokenSource interruption, params string[] arguments)
    {
        using StringWriter output = new(), error = new();
        ICommand[] commands =
            [new ModelsCommand(Verbs.Services with { Weights = Path.Combine(_hub.Folder, "weights"), Hub = _hub.Settings })];
        int code = await CommandLine.RunAsync(arguments,
            new CommandServices(output, error, SwiftTime.Of(_hub.Settings), interruption), commands);
        return (code, output.ToString(), error.ToString());
    }
}
