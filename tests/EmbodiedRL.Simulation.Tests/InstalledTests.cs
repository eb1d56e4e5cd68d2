using EmbodiedRL.Contracts;

namespace EmbodiedRL.Simulation.Tests;

/// <summary>A bare machine has none of the packages that a few tests look for: these are skipped there, not failed.</summary>
public sealed class InstalledTests
{
    [Fact]
    public void A_folder_that_is_not_there_is_still_a_row_and_the_row_is_skipped_with_what_to_install()
    {
        string row = Assert.Single(Installed.Files("/nowhere/model", "*.xml", _ => true));
        string said = "";
        try
        {
            Installed.Require(row, "libmujoco-samples");
        }
        catch (Xunit.Sdk.SkipException skip) // Record.Exception would let it through, and so skip this test
        {
            said = skip.Message;
        }

        Assert.EndsWith("/nowhere/model is missing; install it: apt-get install libmujoco-samples", said, StringComparison.Ordinal);
    }

    [Fact]
    public void Files_that_are_there_are_rows_in_order()
    {
        string folder = Path.Combine(AppContext.BaseDirectory, "models");
        Assert.Equal(["leg.xml", "pendulum.xml"],
            Installed.Files(folder, "*.xml", file => Path.GetFileName(file) is "pendulum.xml" or "leg.xml").Select(Path.GetFileName));
    }

    /// <summary>A theory without rows counts as failed, however it is marked; so every list of rows has to have one.</summary>
    [Fact]
    public void No_theory_of_the_repository_hopes_to_be_skipped_without_rows()
    {
        const string mark = "SkipTest" + "WithoutData";
        string[] files = Directory.GetFiles(Path.Combine(Fixtures.RepositoryRoot, "tests"), "*.cs", SearchOption.AllDirectories);
        Assert.NotEmpty(files);
        Assert.DoesNotContain(files, file => File.ReadAllText(file).Contains(mark, StringComparison.Ordinal));
    }
}
