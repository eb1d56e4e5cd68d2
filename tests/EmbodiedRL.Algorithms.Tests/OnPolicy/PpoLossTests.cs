using EmbodiedRL.Algorithms.OnPolicy;
using EmbodiedRL.Core;
using EmbodiedRL.Models.Heads;

namespace EmbodiedRL.Algorithms.Tests.OnPolicy;

public sealed class PpoLossTests
{
    /// <summary>In 32 bits old + (value - old) is not always value; how it is rounded must not stop a value from learning.</summary>
    [Fact]
    public void Values_within_their_bound_learn_whatever_is_rounded()
    {
        const int rows = 2000;
        PpoOptions settings = new() { ValueClip = 0.3f };
        var rng = Rng.For(1, "values");
        float[] values = new float[rows], old = new float[rows], returns = new float[rows], byValues = new float[rows];
        for (int i = 0; i < rows; i++)
        {
            old[i] = (float)rng.Uniform(-0.28, 0.28);
            values[i] = (float)rng.Uniform(-0.01, 0.01); // digits that old + (value - old) has no room for
            returns[i] = (float)rng.Normal();
        }

        PpoLoss.Compute(new PpoMinibatch
        {
            Outputs = new float[rows * 2],
            LogStd = [],
            Values = values,
            Actions = new float[rows],
            OldLogProbabilities = new float[rows],
            OldValues = old,
            Advantages = new float[rows],
            Returns = returns,
        }, new CategoricalHead(2), settings, new PpoDerivatives { ByOutputs = new float[rows * 2], ByValues = byValues, ByLogStd = [] });
        for (int i = 0; i < rows; i++)
            Assert.Equal(settings.ValueCoefficient * 2 * (values[i] - returns[i]) / rows, byValues[i], 1e-7f);
    }
}
