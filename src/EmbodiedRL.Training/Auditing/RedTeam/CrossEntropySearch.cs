using EmbodiedRL.Core;

namespace EmbodiedRL.Training.Auditing.RedTeam;

/// <summary>
/// Cross-entropy method over positions and speeds: from the best fraud of N drawn states on, draws N around it, and again around the best
/// of those.
/// </summary>
/// <remarks>
/// A normal distribution for each number by itself; its mean becomes that of the elite, its deviation moves towards theirs and keeps a floor
/// (Rubinstein and Kroese, "The Cross-Entropy Method", 2004; smoothing as in de Boer et al., doi:10.1007/s10479-005-5724-z, section 3.1).
/// States that are the goal are not left out but ranked last, so that the search can pass along their edge.
/// </remarks>
internal sealed class CrossEntropySearch : IStateSearch
{
    private const int Elite = 8;
    private const double FirstDeviation = 0.15, LeastDeviation = 0.01; // of each number's range
    private const double Smoothing = 0.7;
    private const long FirstDraw = 1 << 24; // no other search draws from here on

    /// <inheritdoc/>
    public Attack Attack => Attack.Optimizer;

    /// <inheritdoc/>
    public async Task<ProbedWindow?> SearchAsync(SearchGround ground, int restart, int batches, CancellationToken cancel)
    {
        SearchSpace space = ground.Space;
        var rng = Rng.For(ground.Seed, "fraud/cross-entropy", restart);
        Snapshot scene = space.Draw(FirstDraw + restart); // restarts take turns among sources
        ProbedWindow[] tried = await ground.TryAsync(scene, cancel);
        int first = Ranked(tried)[0];
        ProbedWindow? best = ProbedWindow.Better(null, tried[first]);
        double[] mean = space.Read(scene)[first], spans = space.Spans;
        double[] deviation = [.. spans.Select(span => FirstDeviation * span)];
        for (int batch = 1; batch < batches; batch++)
        {
            double[][] numbers = new double[tried.Length][];
            for (int row = 0; row < numbers.Length; row++)
                numbers[row] = [.. mean.Select((value, i) => value + (deviation[i] * rng.Normal()))];
            Snapshot states = space.With(scene, first, numbers);
            tried = await ground.TryAsync(states, cancel);
            foreach (ProbedWindow window in tried) best = ProbedWindow.Better(best, window);
            double[][] drawn = space.Read(states);
            double[][] elite = [.. Ranked(tried).Take(Math.Min(Elite, tried.Length)).Select(row => drawn[row])];
            for (int i = 0; i < mean.Length; i++)
            {
                double center = elite.Average(numbers => numbers[i]);
                double spread = Math.Sqrt(elite.Average(numbers => (numbers[i] - center) * (numbers[i] - center)));
                mean[i] = center;
                deviation[i] = Math.Max(LeastDeviation * spans[i], (Smoothing * spread) + ((1 - Smoothing) * deviation[i]));
            }
        }

        return best;
    }

    /// <summary>Rows, the best fraud first.</summary>
    private static int[] Ranked(ProbedWindow[] windows) =>
        [.. Enumerable.Range(0, windows.Length).OrderByDescending(row => windows[row].Rank)];
}
