using EmbodiedRL.Core;
using EmbodiedRL.Training.Composition;
using EmbodiedRL.Training.Settings;

namespace EmbodiedRL.App.Commands;

/// <summary>The environment that a command was asked for: one of the catalog, or what a settings file makes.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="Camera">What the settings look through; empty for the task's own.</param>
/// <param name="Factory">Makes it.</param>
internal sealed record StagedEnvironment(string Name, string Camera, EnvironmentFactory Factory)
{
    /// <summary>The settings of the file, as resolved; null without one.</summary>
    public RunSettings? Settings { get; init; }

    /// <summary>What paths of the settings are relative to.</summary>
    public string Folder { get; init; } = "";

    /// <summary>Finds it.</summary>
    /// <param name="name">An environment of the catalog; null if a file is named.</param>
    /// <param name="file">A settings file; null if an environment is named.</param>
    /// <param name="runServices">Environments.</param>
    /// <param name="command">Who asks, for errors.</param>
    /// <exception cref="SettingsException">Neither or both are named, or the settings are wrong.</exception>
    /// <exception cref="UnknownNameException">There is no such environment; offers the nearest.</exception>
    public static StagedEnvironment Of(string? name, string? file, RunServices runServices, string command)
    {
        if (name is not null) KnownNames.Require("environment", name, runServices.Environments.Names);
        if (name is null == file is null)
            throw new SettingsException(command,
                [$"expected an environment or a settings file by --settings, found {(name is null ? "neither" : "both")}. See ./embodied "
                    + $"{command} --help."]);
        if (file is null) return new StagedEnvironment(name!, "", EnvironmentFactory.Plain(name!, runServices));

        RunSettings settings =
            SettingsReader.Read(new SettingsSources { File = file, Variables = SettingsSources.VariablesOfProcess() }, runServices);
        string folder = Path.GetDirectoryName(Path.GetFullPath(file))!;
        var factory = new EnvironmentFactory(settings.Env, folder, runServices);
        return new StagedEnvironment(settings.Env.Name, settings.Env.Render.Camera, factory)
        {
            Settings = settings,
            Folder = folder
        };
    }
}
