namespace EmbodiedRL.Contracts;

/// <summary>
/// What tests look for on the machine beyond what <c>./embodied</c> installs. A test without it is skipped and says what to install.
/// </summary>
/// <remarks>Such tests are of <c>Category=Installed</c>, so that they can be run by themselves once the packages are there.</remarks>
public static class Installed
{
    /// <summary>The value of the trait "Category".</summary>
    public const string Category = "Installed";

    /// <summary>
    /// Files below a folder of a package, sorted; only the folder itself when it holds none, so that a theory over them always has a row
    /// (one without rows fails), which <see cref="Require"/> skips.
    /// </summary>
    public static string[] Files(string folder, string pattern, Func<string, bool> isWanted)
    {
        string[] files = Directory.Exists(folder)
            ? [.. Directory.GetFiles(folder, pattern, SearchOption.AllDirectories).Where(isWanted).Order(StringComparer.Ordinal)]
            : [];
        return files.Length > 0 ? files : [folder];
    }

    /// <summary>Skips the test unless the file is there, and names the Debian package that brings it.</summary>
    public static string Require(string file, string package)
    {
        Assert.SkipUnless(File.Exists(file), $"{file} is missing; install it: apt-get install {package}");
        return file;
    }
}
