using System.Text.Json;
using EmbodiedRL.App.Commands;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Registry;
using EmbodiedRL.Models;
using EmbodiedRL.Models.Encoders;
using EmbodiedRL.Training.Composition;
using EmbodiedRL.Training.Tests;

namespace EmbodiedRL.App.Tests.Commands;

[Collection(Serial.Name)]
public sealed class DoctorCommandTests
{
    private static readonly RunServices WithModel = Verbs.Services with { Models = Shipped(_ => new ColorModel()) };
    private static readonly RunServices WithoutModel = Verbs.Services with
    {
        Models = Shipped(name =>
            throw new AssetMissingException($"The model {name}", "assets/weights", "Make it with ./embodied models train scene-clip.")),
    };

    private static Registry<ModelContext, IImageTextModel> Shipped(Func<string, IImageTextModel> make) =>
        new Registry<ModelContext, IImageTextModel>(PartKinds.ImageTextModel).Add(SceneClip.CatalogName, "a model of a test",
            _ => make(SceneClip.CatalogName));

    [Fact]
    public async Task Everything_is_tried_and_demo_can_run()
    {
        (int code, string output, string error) = await Verbs.RunAsync(WithModel, "doctor", "--json");
        Assert.True(code == ExitCode.Done, output + error);
        using JsonDocument answer = JsonDocument.Parse(output);
        Assert.True(answer.RootElement.GetProperty("canRunDemo").GetBoolean());
        Dictionary<string,
            JsonElement> checks = answer.RootElement.GetProperty("checks").EnumerateArray()
                .ToDictionary(check => check.GetProperty("name").GetString()!);
        foreach (string name in new[] { ".NET", "processor", "libtorch", "bfloat16", "GPU", "GL", "ffmpeg", "font", "scene-clip" })
            Assert.Contains(name, checks.Keys);
        Assert.All(checks.Values.Where(check => check.GetProperty("isNeeded").GetBoolean()),
            check => Assert.NotEqual("missing", check.GetProperty("state").GetString()));
        Assert.Contains("libtorch 2.", checks["libtorch"].GetProperty("found").GetString(), StringComparison.Ordinal);
        Assert.Contains("writes and reads H.264", checks["ffmpeg"].GetProperty("found").GetString(), StringComparison.Ordinal);
        Assert.Contains("matrix product right", checks["bfloat16"].GetProperty("found").GetString(), StringComparison.Ordinal);
        Assert.Contains("16x16 pixels", checks["scene-clip"].GetProperty("found").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_the_model_demo_cannot_run_and_it_is_said_what_to_do()
    {
        (int code, string output, string error) = await Verbs.RunAsync(WithoutModel, "doctor");
        Assert.Equal((ExitCode.Failed, ""), (code, error));
        string[] lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("demo cannot run without: scene-clip.", lines[^1]);
        string line = Assert.Single(lines, line => line.StartsWith("MISSING", StringComparison.Ordinal));
        Assert.Contains("./embodied models train scene-clip", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_demo_can_do_without_does_not_fail_it()
    {
        (int code, string output, _) = await Run(
            new DoctorCheck("films", IsNeeded: false, () => throw new AssetMissingException("ffmpeg", "the path", "Install it.")),
            new DoctorCheck("speed", IsNeeded: true, () => new Finding(FindingState.Warning, "slow", "Buy another.")));
        Assert.Equal(ExitCode.Done, code);
        Assert.Equal(
            [
                "missing  films  ffmpeg was not found or cannot be used (tried the path). Install it.",
                "warning  speed  slow",
                "                Buy another.",
                "demo can run."
            ],
            output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    /// <summary>What natives throw becomes one line and the next check is tried; a mistake of the program's stays one.</summary>
    [Fact]
    public async Task A_library_that_does_not_load_is_one_line()
    {
        (int code, string output, _) = await Run(
            new DoctorCheck("engine", IsNeeded: true,
                () => throw new TypeInitializationException("X", new DllNotFoundException("no libengine.so:\nno such file"))),
            new DoctorCheck("rest", IsNeeded: true, () => Finding.Ok("fine")));
        Assert.Equal(ExitCode.Failed, code);
        Assert.Equal(
            [
                "MISSING  engine  DllNotFoundException: no libengine.so: no such file",
                "ok       rest    fine",
                "demo cannot run without: engine."
            ],
            output.Split('\n', StringSplitOptions.RemoveEmptyEntries));

        (code, _, string error) = await Run(new DoctorCheck("mistake", IsNeeded: false, () => throw new InvalidOperationException("oops")));
        Assert.Equal(ExitCode.Failed, code);
        Assert.StartsWith("This is a mistake of the program", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bad_usage_is_one_clear_line_and_code_2() => Verbs.RefusedBecause("'--json'", await Verbs.RunAsync("doctor", "--jsn"));

    private static Task<(int Code, string Output, string Error)> Run(params DoctorCheck[] checks) =>
        Verbs.RunAsync([new DoctorCommand(() => checks)], "doctor");
}
