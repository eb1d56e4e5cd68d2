using System.Text.Json;
using EmbodiedRL.App.Commands;
using EmbodiedRL.Training.Composition;

namespace EmbodiedRL.App.Tests.Commands;

[Collection(Serial.Name)]
public sealed class ViewCommandTests
{
    [Fact]
    public async Task It_serves_a_page_until_it_is_interrupted()
    {
        string status = await StatusAsync(Verbs.Services, "drawn", "--goal", "red", "--model", "color");
        Assert.Contains("\"goal\": \"red\"", status, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_shows_what_settings_compose()
    {
        string file = Path.Combine(AppContext.BaseDirectory, "examples", "settings", "pendulum.json");
        using JsonDocument status = JsonDocument.Parse(await StatusAsync(RunServices.Shipped, "--settings", file));
        Assert.Equal("pendulum", status.RootElement.GetProperty("environment").GetString());
        // through four wrappers
        Assert.Equal(["rod"], status.RootElement.GetProperty("bodies").EnumerateArray().Select(body => body.GetString()));
        Verbs.RefusedBecause("found both",
            await Verbs.RunAsync([new ViewCommand(RunServices.Shipped)], "view", "cartpole", "--settings", file));
        Verbs.RefusedBecause("found neither", await Verbs.RunAsync([new ViewCommand(RunServices.Shipped)], "view"));
    }

    private static async Task<string> StatusAsync(RunServices runServices, params string[] what)
    {
        using var interruption = new CancellationTokenSource();
        using var output = new StringWriter();
        var services = new CommandServices(TextWriter.Synchronized(output), TextWriter.Null, TimeProvider.System, interruption);
        Task<int> serving =
            CommandLine.RunAsync(["view", .. what, "--port", "0", "--size", "64"], services, [new ViewCommand(runServices)]);
        Assert.True(SpinWait.SpinUntil(() => serving.IsCompleted || output.ToString().Contains("Ctrl-C", StringComparison.Ordinal),
            TimeSpan.FromSeconds(60)));
        Assert.False(serving.IsCompleted, output.ToString());
        using var client = new HttpClient();
        string status = await client.GetStringAsync($"{output.ToString().Split(' ')[0]}/status", TestContext.Current.CancellationToken);
        await interruption.CancelAsync();
        Assert.Equal(ExitCode.Done, await serving);
        return status;
    }

    [Theory]
    [InlineData("Did you mean 'drawn'?", "view", "drwan")]
    [InlineData("--port: expected 0 to 65535, found -1", "view", "drawn", "--port", "-1")]
    [InlineData("--size: expected 64 to 1024, found 8", "view", "drawn", "--size", "8")]
    [InlineData("no image-text model 'clip'", "view", "drawn", "--goal", "red", "--model", "clip")]
    public async Task Bad_input_is_one_clear_line_and_code_2(string says, params string[] arguments) =>
        Verbs.RefusedBecause(says, await Verbs.RunAsync([new ViewCommand(Verbs.Services)], arguments));
}
