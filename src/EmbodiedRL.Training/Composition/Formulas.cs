using EmbodiedRL.Core;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Rewards.Programs;
using EmbodiedRL.Simulation.Mjcf;

namespace EmbodiedRL.Training.Composition;

/// <summary>Cache of an environment's compiled formulas: each is compiled once for all environments.</summary>
internal sealed class Formulas
{
    private readonly Dictionary<string, RowFunction> _known = new(StringComparer.Ordinal);

    /// <summary>As <see cref="FormulaCompiler"/> asks.</summary>
    /// <exception cref="SettingsException">It is not valid or names an unknown field.</exception>
    public RowFunction Compile(string place, string formula, StateSpec state, ActionSpec? actions)
    {
        if (_known.TryGetValue(place, out RowFunction? known)) return known;
        RewardProgram program = RewardProgram.Compile(formula, $"{place} '{formula}'", state, actions ?? ActionSpec.Continuous());
        return _known[place] = (row, action) =>
        {
            float value = 0;
            program.Score(row, action, new Span<float>(ref value));
            return value;
        };
    }
}
