using EmbodiedRL.Core;
using Parquet;
using Parquet.Schema;

namespace EmbodiedRL.Training.Demonstrations;

/// <summary>Parquet column: plain values, or a list of equally many values in every row.</summary>
/// <remarks>
/// The only place that knows levels: an element stands at the greatest definition level, and all but a row's first repeat.
/// </remarks>
internal abstract class ParquetColumn
{
    private static readonly Dictionary<Type, ParquetColumn> Types = new()
    {
        [typeof(float)] = new Of<float>(),
        [typeof(double)] = new Of<double>(),
        [typeof(int)] = new Of<int>(),
        [typeof(uint)] = new Of<uint>(),
        [typeof(long)] = new Of<long>(),
        [typeof(ulong)] = new Of<ulong>(),
        [typeof(byte)] = new Of<byte>(),
        [typeof(bool)] = new Of<bool>(),
    };

    /// <summary>The column of an element type.</summary>
    /// <exception cref="SpecMismatchException">Such values cannot be stored.</exception>
    public static ParquetColumn For(string column, Type type) =>
        Types.TryGetValue(type, out ParquetColumn? known)
            ? known
            : throw new SpecMismatchException($"column {column}",
                $"one of {string.Join(", ", Types.Keys.Select(known => known.Name))}", type.Name);

    /// <summary>The field of a schema.</summary>
    public static Field FieldOf(string column, Array values)
    {
        if (values is byte[][]) return new DataField(column, typeof(byte[]), isNullable: false);
        Type type = values.GetType().GetElementType()!;
        For(column, type);
        return DemonstrationColumns.IsList(column)
            ? new ListField(column, new DataField("element", type, isNullable: false))
            : new DataField(column, type, isNullable: false);
    }

    public abstract Task WriteAsync(ParquetRowGroupWriter group, DataField field, Array values, int rows, CancellationToken cancel);

    /// <returns>Values of all rows of the group, row after row.</returns>
    public abstract Task<Array> ReadAsync(ParquetRowGroupReader group, DataField field, CancellationToken cancel);

    private sealed class Of<T> : ParquetColumn where T : unmanaged
    {
        public override async Task WriteAsync(ParquetRowGroupWriter group, DataField field, Array values,
            int rows, CancellationToken cancel)
        {
            if (field.MaxRepetitionLevel == 0)
            {
                await group.WriteAsync<T>(field, (T[])values, null, null, cancel);
                return;
            }

            int width = values.Length / rows;
            int[] present = new int[values.Length], repeats = new int[values.Length];
            Array.Fill(present, field.MaxDefinitionLevel);
            for (int i = 0; i < repeats.Length; i++) repeats[i] = i % width == 0 ? 0 : 1;
            await group.WriteAllPartsAsync<T>(field, (T[])values, present, repeats, cancel);
        }

        public override async Task<Array> ReadAsync(ParquetRowGroupReader group, DataField field, CancellationToken cancel)
        {
            int rows = checked((int)group.RowCount);
            if (field.MaxRepetitionLevel == 0 && field.MaxDefinitionLevel == 0)
            {
                T[] plain = new T[rows];
                await group.ReadAsync<T>(field, plain, null, cancel);
                return plain;
            }

            int count = checked((int)(group.GetMetadata(field)?.MetaData?.NumValues ?? 0));
            T[] values = new T[count];
            int[] present = new int[count], repeats = new int[count];
            await group.ReadRawAsync<T>(field, values, present, field.MaxRepetitionLevel > 0 ? repeats : null, cancel);
            bool isWhole = rows > 0 && count % rows == 0 && Array.TrueForAll(present, level => level == field.MaxDefinitionLevel);
            for (int i = 0; isWhole && i < count; i++) isWhole = repeats[i] == 0 == (i % (count / rows) == 0);
            return isWhole
                ? values
                : throw new FormatException($"column {field.Path.FirstPart} does not hold equally many values in every row");
        }
    }
}
