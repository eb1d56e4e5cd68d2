using System.Diagnostics;
using System.Text.Json;
using EmbodiedRL.App.Commands;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Models.Weights;
using EmbodiedRL.Rendering;
using EmbodiedRL.Rendering.Images;

namespace EmbodiedRL.App.Tests.Commands;

[Collection(Serial.Name)]
public sealed class RenderCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task States_stand_side_by_side_in_a_picture()
    {
        string file = _folder["new/states.png"];
        (int code, string output, string error) = await Verbs.RunAsync("render", "drawn", "--count", "5", "--size", "32", "--out", file);
        Assert.True(code == ExitCode.Done, error);
        Assert.Equal($"{file}\n", output);
        var device = DrawingDevice.Find();
        Assert.Equal(device.IsSoftware ? $"Drawn by the processor ({device.Name}): there is no GPU that draws.\n" : "", error);
        RgbImage grid = ImageFile.ReadRgb(file);
        Assert.Equal((96, 64), (grid.Width, grid.Height));
        Assert.All(Enumerable.Range(0, 5),
            tile => Assert.True(Reds(grid, tile % 3 * 32, tile / 3 * 32, 32) > 5, $"no ball in tile {tile}"));
        Assert.Equal(0, Reds(grid, 64, 32, 32));
    }

    [Fact]
    public async Task Seed_and_source_say_which_states_are_drawn()
    {
        async Task<byte[]> DrawAsync(string seed, params string[] source)
        {
            Assert.Equal(ExitCode.Done,
                (await Verbs.RunAsync(["render", "drawn", "--size", "32", "--out", _folder["one.png"], "--seed", seed, .. source])).Code);
            return File.ReadAllBytes(_folder["one.png"]);
        }

        byte[] states = await DrawAsync("3");
        Assert.Equal(states, await DrawAsync("3", "--source", "uniform"));
        Assert.NotEqual(states, await DrawAsync("4"));
        Assert.NotEqual(states, await DrawAsync("3", "--source", "keyframes"));
        Assert.NotEqual(await DrawAsync("3", "--source", "look-alikes"), await DrawAsync("3", "--source", "keyframes"));
    }

    [Fact]
    public async Task An_episode_under_random_actions_becomes_a_video()
    {
        (int code, string output,
            string error) = await Verbs.RunAsync("render", "drawn", "--count", "3", "--size", "48", "--steps", "12", "--camera", "front",
                "--out", _folder["play.mp4"], "--json");
        Assert.True(code == ExitCode.Done, error);
        using JsonDocument answer = JsonDocument.Parse(output);
        JsonElement root = answer.RootElement;
        Assert.Equal((_folder["play.mp4"], "video", "front", 3),
            (root.GetProperty("file").GetString(), root.GetProperty("kind").GetString(), root.GetProperty("camera").GetString(),
                root.GetProperty("count").GetInt32()));
        Assert.Equal((96, 96), (root.GetProperty("width").GetInt32(), root.GetProperty("height").GetInt32()));
        Assert.Equal("96,96,20/1,12", await ProbeAsync(_folder["play.mp4"]));
        Assert.Equal(["play.mp4"], Directory.GetFiles(_folder.Path).Select(Path.GetFileName));
    }

    /// <summary>The strip is the very one that the run made of its trained policy, so it is that policy which acts.</summary>
    [Fact]
    public async Task A_run_shows_its_trained_policy()
    {
        string run = await TrainAsync();
        string[] before = Directory.GetFileSystemEntries(run, "*", SearchOption.AllDirectories);
        (int code, _, string error) = await Verbs.RunAsync("render", "--run", run, "--out", _folder["film.png"]);
        Assert.True(code == ExitCode.Done, error);
        Assert.Equal(File.ReadAllBytes(Path.Combine(run, "videos", "after.png")), File.ReadAllBytes(_folder["film.png"]));
        Assert.NotEqual(File.ReadAllBytes(Path.Combine(run, "videos", "before.png")), File.ReadAllBytes(_folder["film.png"]));

        Assert.Equal(ExitCode.Done,
            (await Verbs.RunAsync("render", "drawn", "--run", run, "--steps", "10", "--size", "32", "--seed", "5", "--out",
                _folder["film.mp4"])).Code);
        Assert.Equal("64,64,20/1,10", await ProbeAsync(_folder["film.mp4"]));
        Assert.Equal(before, Directory.GetFileSystemEntries(run, "*", SearchOption.AllDirectories));

        Verbs.RefusedBecause("expected 'drawn'", await Verbs.RunAsync("render", "fast", "--run", run));
        Verbs.RefusedBecause("There is no camera 'side'. Known: free, front.",
            await Verbs.RunAsync("render", "--run", run, "--camera", "side"));
        Verbs.RefusedBecause("a film strip shows one", await Verbs.RunAsync("render", "--run", run, "--count", "4"));
        Verbs.RefusedBecause("--source: only", await Verbs.RunAsync("render", "--run", run, "--source", "uniform"));
    }

    [Fact]
    public async Task A_file_of_states_becomes_pictures_and_a_video_as_long_as_they_lasted()
    {
        File.WriteAllText(_folder["ball.xml"], """
            <mujoco><option timestep="0.01"/><worldbody><light pos="0 0 4"/><camera name="side" pos="0 -4 1" xyaxes="1 0 0 0 0 1"/>
            <body><joint type="slide" axis="1 0 0"/><geom size="0.3" rgba="1 0 0 1"/></body></worldbody></mujoco>
            """);
        double[] positions = [.. Enumerable.Range(0, 101).Select(row => -1.2 + (0.024 * row))];
        Safetensors.Write(_folder["states.safetensors"], [StoredTensor.Of<double>("qpos", [101, 1], positions)]);
        string[] asked = [
            "render", _folder["ball.xml"], "--states", _folder["states.safetensors"], "--size", "32", "--effects", "plain", "--out"
        ];
        (int code, string output, string error) = await Verbs.RunAsync([.. asked, _folder["three.png"], "--count", "3", "--json"]);
        Assert.True(code == ExitCode.Done, error);
        Assert.Contains("\"camera\": \"side\"", output, StringComparison.Ordinal);
        RgbImage grid = ImageFile.ReadRgb(_folder["three.png"]);
        Assert.Equal((64, 64), (grid.Width, grid.Height));
        // at the left at first
        Assert.Equal([true, false], [Reds(grid, 0, 0, 16) + Reds(grid, 0, 16, 16) > 5, Reds(grid, 16, 0, 16) + Reds(grid, 16, 16, 16) > 5]);
        Assert.True(Reds(grid, 32, 0, 32) > 5);
        Assert.Equal(ExitCode.Done, (await Verbs.RunAsync([.. asked, _folder["all.mp4"]])).Code);
        Assert.Equal("32,32,100/3,34", await ProbeAsync(_folder["all.mp4"])); // every third state of 1 s

        Safetensors.Write(_folder["states.safetensors"], [StoredTensor.Of<double>("qpos", [2, 3], new double[6])]);
        Verbs.RefusedBecause("expected [T, 1]", await Verbs.RunAsync([.. asked, _folder["no.png"]]));
        Safetensors.Write(_folder["states.safetensors"], [StoredTensor.Of<double>("qpos", [2, 1], [0, double.NaN])]);
        Verbs.RefusedBecause("row 1, column 0", await Verbs.RunAsync([.. asked, _folder["no.png"]]));
        Verbs.RefusedBecause("beside it only", await Verbs.RunAsync([.. asked, _folder["no.png"], "--seed", "3"]));
        Assert.False(File.Exists(_folder["no.png"]));
    }

    [Fact]
    public async Task A_video_can_show_sentence_score_and_terms()
    {
        string run = await TrainAsync(goal: "red");
        async Task<RgbImage> FirstFrameAsync(params string[] overlay)
        {
            (int code, _,
                string error) = await Verbs.RunAsync([
                    "render", "--run", run, "--count", "1", "--steps", "4", "--size", "128", "--seed", "2", "--out", _folder["shown.mp4"],
                    .. overlay
                ]);
            Assert.True(code == ExitCode.Done, error);
            return VideoReader.Read(_folder["shown.mp4"], every: 1).First();
        }

        RgbImage bare = await FirstFrameAsync(), named = await FirstFrameAsync("--overlay", "caption,terms");
        Assert.True(Brightness(named, 3) < Brightness(bare, 3) - 20, "a band at the top");
        Assert.True(Brightness(named, 124) < Brightness(bare, 124) - 20, "a band at the bottom");
        Assert.InRange(Brightness(named, 64) - Brightness(bare, 64), -8, 8);
        Verbs.RefusedBecause("belong to a run", await Verbs.RunAsync("render", "drawn", "--overlay", "score", "--out", _folder["x.mp4"]));
        Verbs.RefusedBecause("only a video", await Verbs.RunAsync("render", "drawn", "--overlay", "terms", "--out", _folder["x.png"]));
        Verbs.RefusedBecause("Did you mean 'terms'?",
            await Verbs.RunAsync("render", "drawn", "--overlay", "term", "--out", _folder["x.mp4"]));
    }

    [Theory]
    [InlineData("found neither", "render")]
    [InlineData("Did you mean 'drawn'?", "render", "drwan")]
    [InlineData("There is no camera 'side'. Known: free, front.", "render", "drawn", "--camera", "side")]
    [InlineData("There is no camera 'side'. Known: free, front.", "render", "drawn", "--camera", "side", "--out", "x.mp4")]
    [InlineData("has none and cannot be drawn", "render", "fast")]
    [InlineData("ends in .png or .mp4, found 'x.gif'", "render", "drawn", "--out", "x.gif")]
    [InlineData("--size: expected 16 to 1024, found 8", "render", "drawn", "--size", "8")]
    [InlineData("--count: expected 1 to 1024, found 0", "render", "drawn", "--count", "0")]
    [InlineData("Lower --count or --size", "render", "drawn", "--count", "100", "--size", "1024")]
    [InlineData("--steps: only an episode", "render", "drawn", "--steps", "5")]
    [InlineData("--source: only", "render", "drawn", "--source", "uniform", "--out", "x.mp4")]
    [InlineData("Known: keyframes, look-alikes, uniform", "render", "drawn", "--source", "everywhere")]
    [InlineData("A run in 'nowhere'", "render", "--run", "nowhere")]
    public async Task Bad_input_is_one_clear_line_and_code_2(string says, params string[] arguments) =>
        Verbs.RefusedBecause(says, await Verbs.RunAsync(arguments));

    private async Task<string> TrainAsync(string goal = "")
    {
        File.WriteAllText(_folder["drawn.json"], """
            {
              "env": { "name": "drawn", "count": 8 },
              "reward": { "terms": [ { "name": "task", "source": "task" } ] },
              "agent": { "steps": 1280, "horizon": 16, "minibatch": 32, "hiddenSizes": [16] },
              "evaluate": { "task": "centered", "episodes": 20 }
            }
            """);
        string[] sentence = goal.Length > 0 ? ["--goal", goal] : [];
        (int code, _, string error) =
            await Verbs.RunAsync(["train", "--settings", _folder["drawn.json"], "--out", _folder["run"], .. sentence]);
        Assert.True(code == ExitCode.Done, error);
        return _folder["run"];
    }

    private static int Reds(RgbImage picture, int left, int top, int side)
    {
        int reds = 0;
        for (int y = top; y < top + side; y++)
            for (int x = left; x < left + side; x++)
                reds += picture.Rgb[((y * picture.Width) + x) * 3] > picture.Rgb[(((y * picture.Width) + x) * 3) + 1] + 60 ? 1 : 0;
        return reds;
    }

    /// <summary>Mean of a row of pixels, all channels.</summary>
    private static double Brightness(RgbImage picture, int row) =>
        picture.Rgb.AsSpan(row * picture.Width * 3, picture.Width * 3).ToArray().Average(value => value);

    private static async Task<string> ProbeAsync(string path)
    {
        string[] arguments = [
            "-v", "error", "-select_streams", "v:0", "-count_packets", "-show_entries", "stream=width,height,r_frame_rate,nb_read_packets",
            "-of", "csv=p=0", path
        ];
        using Process probe = Process.Start(new ProcessStartInfo("ffprobe", arguments) { RedirectStandardOutput = true })!;
        string said = await probe.StandardOutput.ReadToEndAsync();
        await probe.WaitForExitAsync();
        return said.Trim();
    }
}
