using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Training.Composition;
using EmbodiedRL.Training.Settings;

namespace EmbodiedRL.Training.Demonstrations;

/// <summary>Makes the environment of a recording once more, by the settings that it holds.</summary>
/// <remarks>
/// What normalizers had learned, sticky actions and random streams come with the recorded states; draws are made again from their seeds.
/// </remarks>
internal static class RecordedEnvironment
{
    /// <summary>Opens it: one environment, with the wrappers, the model and the draws that were recorded.</summary>
    /// <param name="header">Of the recording.</param>
    /// <param name="recording">Its file, for errors.</param>
    /// <param name="modelFolder">Where its model's files are; null for what the recording says.</param>
    /// <param name="services">Environments by name.</param>
    /// <returns>The caller disposes it.</returns>
    /// <exception cref="SettingsException">This program does not know what it was made by; lists every violation.</exception>
    /// <exception cref="EmbodiedException">Its model is not there, or its fields are not those that were recorded.</exception>
    public static IVectorEnvironment Open(DemonstrationHeader header, string recording, string? modelFolder, RunServices services)
    {
        EnvironmentSettings settings = SettingsReader.Read(header.Settings, recording, services).Env;
        IVectorEnvironment environment = settings.Mjcf is null
            ? Create(settings, services)
            : CreateOfModel(settings, header.Model, recording, modelFolder, services);
        try
        {
            header.Require(environment.Info);
            return environment;
        }
        catch
        {
            environment.Dispose();
            throw;
        }
    }

    private static IVectorEnvironment CreateOfModel(EnvironmentSettings settings, RecordedMjcf? model, string recording,
        string? modelFolder, RunServices services)
    {
        if (model is null)
            throw new CorruptFileException(recording, "the model that its settings name", "none",
                "It was written by another version of this program; record it again.");
        string target = Directory.CreateTempSubdirectory("embodied-replay-").FullName;
        try
        {
            string file = model.Place(modelFolder, target, recording);
            return Create(settings with { Mjcf = settings.Mjcf! with { File = file } }, services);
        }
        finally
        {
            Directory.Delete(target, recursive: true); // what is compiled needs its files no more
        }
    }

    /// <summary>Recordings are made of environments that do not learn.</summary>
    private static IVectorEnvironment Create(EnvironmentSettings settings, RunServices services) =>
        new EnvironmentFactory(settings, "", services).Create(1, 1, EnvironmentUse.Evaluation);
}
