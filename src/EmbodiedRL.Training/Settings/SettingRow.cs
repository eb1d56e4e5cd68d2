namespace EmbodiedRL.Training.Settings;

/// <summary>One setting, as the table of all of them says it.</summary>
/// <param name="Key">Its path, e.g. <c>env:count</c>; N stands for the place in a list, counted from 0.</param>
/// <param name="Values">What it may be.</param>
/// <param name="Default">What it is unless somebody says otherwise, as JSON; empty where there is none.</param>
/// <param name="Meaning">In words; empty where the program lies without its documentation.</param>
internal sealed record SettingRow(string Key, string Values, string Default, string Meaning);
