using EmbodiedRL.App.Commands;
using EmbodiedRL.App.Tests.Commands;
using EmbodiedRL.Contracts;
using EmbodiedRL.Training.Composition;
using EmbodiedRL.Training.Settings;

namespace EmbodiedRL.App.Tests.Settings;

public sealed class SettingsPageTests
{
    private static readonly IReadOnlyList<SettingRow> Rows = SettingsTable.Rows(DocumentationFiles.OfProgram, RunServices.Shipped);

    [Fact]
    public void The_page_is_current()
    {
        string page = Path.Combine(Fixtures.RepositoryRoot, "assets", "docs", "settings.md");
        Assert.True(SettingsPage.Of(Rows) == File.ReadAllText(page),
            $"{page} is not what the source says; make it anew: ./embodied settings --page assets/docs/settings.md");
    }

    [Fact]
    public void Every_setting_says_what_it_means_and_what_it_may_be() =>
        Assert.All(Rows,
            row => Assert.True(row.Meaning.Length > 5 && row.Values.Length > 0, $"{row.Key}: '{row.Meaning}', '{row.Values}'"));

    [Theory]
    [InlineData("env:count", "64", "N.")]
    [InlineData("env:mjcf:reset:noise", "\"uniform\"", "`uniform` or `normal`")]
    [InlineData("agent:learningRate", "0.0007", "ppo: Adam's")]
    [InlineData("reward:terms:N:alpha", "0.5", "goal-baseline: Strength")]
    [InlineData("threads", "0", "all cores")]
    public void Rows_carry_defaults_and_comments(string key, string value, string says)
    {
        // parts share words for their options; each says whose it is
        SettingRow row = Assert.Single(Rows, row => row.Key == key && row.Meaning.Contains(says, StringComparison.Ordinal));
        Assert.Equal(value, row.Default);
    }

    [Fact]
    public async Task The_verb_lists_a_section_and_offers_the_nearest()
    {
        (int code, string output, _) = await Verbs.RunAsync([new SettingsCommand(RunServices.Shipped)], "settings", "env:render");
        Assert.Equal((ExitCode.Done, 3), (code, output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length));
        Assert.Contains("env:render:camera", output, StringComparison.Ordinal);
        Verbs.RefusedBecause("'env:render'", await Verbs.RunAsync([new SettingsCommand(RunServices.Shipped)], "settings", "env:rendr"));
    }
}
