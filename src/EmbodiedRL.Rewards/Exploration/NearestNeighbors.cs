namespace EmbodiedRL.Rewards.Exploration;

/// <summary>The k nearest of many vectors by Euclidean distance, by looking at all of them.</summary>
/// <remarks>Distances are summed in double precision. Not thread-safe.</remarks>
/// <param name="count">k; fewer are found where there are fewer.</param>
internal sealed class NearestNeighbors(int count)
{
    private readonly List<double> _squared = [];
    private readonly List<int> _rows = [];

    /// <summary>Squared distances of those found last, ascending.</summary>
    public IReadOnlyList<double> Squared => _squared;

    /// <summary>Rows of those found last, nearest first; of equal distances the row found first.</summary>
    public IReadOnlyList<int> Rows => _rows;

    /// <summary>Finds them.</summary>
    /// <param name="vector">[K].</param>
    /// <param name="memory">[rows, K].</param>
    /// <param name="except">A row that is left out; -1 for none.</param>
    public void Find(ReadOnlySpan<float> vector, ReadOnlySpan<float> memory, int except = -1)
    {
        _squared.Clear();
        _rows.Clear();
        for (int row = 0; row < memory.Length / vector.Length; row++)
        {
            if (row == except) continue;
            ReadOnlySpan<float> other = memory.Slice(row * vector.Length, vector.Length);
            double squared = 0;
            for (int i = 0; i < other.Length; i++)
            {
                double distance = (double)vector[i] - other[i];
                squared += distance * distance;
            }

            if (_squared.Count == count)
            {
                if (squared >= _squared[^1]) continue;
                _squared.RemoveAt(count - 1);
                _rows.RemoveAt(count - 1);
            }

            int place = _squared.Count;
            while (place > 0 && _squared[place - 1] > squared) place--;
            _squared.Insert(place, squared);
            _rows.Insert(place, row);
        }
    }
}
