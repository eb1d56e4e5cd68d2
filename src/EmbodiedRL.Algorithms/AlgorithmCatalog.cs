using EmbodiedRL.Algorithms.OnPolicy;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using static TorchSharp.torch;

namespace EmbodiedRL.Algorithms;

/// <summary>Every algorithm by name. A new algorithm is one file and one line here.</summary>
public static class AlgorithmCatalog
{
    private static readonly SortedDictionary<string, Entry> Entries = new(StringComparer.Ordinal)
    {
        ["ppo"] = Entry.Of<PpoSettings>((settings, info, seed, device) => new Ppo(settings, info, seed, device)),
    };

    /// <summary>Names of algorithms.</summary>
    public static IReadOnlyCollection<string> Names => Entries.Keys;

    /// <summary>The record that the <c>agent</c> section of the settings is bound to; its default constructor gives the defaults.</summary>
    /// <exception cref="UnknownNameException">There is no such algorithm; offers the nearest.</exception>
    public static Type SettingsOf(string name) => Find(name).Settings;

    /// <summary>Makes an algorithm.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="settings">An instance of <see cref="SettingsOf"/>.</param>
    /// <param name="info">Whose observations and actions it shall know.</param>
    /// <param name="seed">Of its first weights and all its draws.</param>
    /// <param name="device">Where its networks live; the CPU if null.</param>
    /// <returns>The caller disposes it.</returns>
    /// <exception cref="UnknownNameException">There is no such algorithm; offers the nearest.</exception>
    /// <exception cref="SettingsException">A setting cannot be used.</exception>
    public static IAlgorithm Create(string name, object settings, EnvironmentInfo info, ulong seed, Device? device = null)
    {
        Entry entry = Find(name);
        if (settings.GetType() != entry.Settings)
            throw new SpecMismatchException($"settings of '{name}'", entry.Settings.Name, settings.GetType().Name);
        return entry.Create(settings, info, seed, device);
    }

    private static Entry Find(string name) =>
        Entries.TryGetValue(name, out Entry? entry) ? entry : throw new UnknownNameException("algorithm", name, Entries.Keys);

    private sealed record Entry(Type Settings, Func<object, EnvironmentInfo, ulong, Device?, IAlgorithm> Create)
    {
        public static Entry Of<T>(Func<T, EnvironmentInfo, ulong, Device?, IAlgorithm> create) =>
            new(typeof(T), (settings, info, seed, device) => create((T)settings, info, seed, device));
    }
}
