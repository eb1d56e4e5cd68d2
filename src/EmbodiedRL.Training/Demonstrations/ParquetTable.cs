using EmbodiedRL.Core;
using Parquet;
using Parquet.Schema;

namespace EmbodiedRL.Training.Demonstrations;

/// <summary>Column of a table.</summary>
/// <param name="Name">As in the file.</param>
/// <param name="Values">[R], or [R, W] row after row: numbers, bools or strings.</param>
/// <param name="Width">W, values of one row as a list; 0 for one plain value.</param>
public sealed record TableColumn(string Name, Array Values, int Width = 0);

/// <summary>Parquet table of named columns in one row group, e.g. those that a data set for other tools is made of.</summary>
public static class ParquetTable
{
    private const string Element = "element";

    /// <summary>Writes a table; replaces a file only when all is on disk.</summary>
    /// <param name="path">Its folder is made if it is missing.</param>
    /// <param name="columns">One at least, all of R rows.</param>
    /// <param name="metadata">Of the file, by key; null for none.</param>
    /// <param name="cancel">Ends it; nothing is left behind.</param>
    /// <exception cref="SpecMismatchException">Columns are of different lengths, or of a type that cannot be stored.</exception>
    public static async Task WriteAsync(string path, IReadOnlyList<TableColumn> columns,
        IReadOnlyDictionary<string, string>? metadata = null, CancellationToken cancel = default)
    {
        int rows = RowsOf(columns[0]);
        foreach (TableColumn column in columns)
            if (RowsOf(column) != rows || column.Values.Length % Math.Max(1, column.Width) != 0)
                throw new SpecMismatchException($"column {column.Name}", $"{rows} rows of {Math.Max(1, column.Width)} values",
                    $"{column.Values.Length} values");
        var schema = new ParquetSchema(columns.Select(FieldOf));
        await AtomicFile.WriteAsync(path, async stream =>
        {
            await using ParquetWriter writer = await ParquetWriter.CreateAsync(schema, stream, cancellationToken: cancel);
            if (metadata is not null) writer.CustomMetadata = metadata.ToDictionary();
            using ParquetRowGroupWriter group = writer.CreateRowGroup();
            DataField[] fields = schema.DataFields;
            for (int i = 0; i < fields.Length; i++) await WriteColumnAsync(group, fields[i], columns[i], rows, cancel);
            group.CompleteValidate();
        });
    }

    /// <summary>Reads a table that <see cref="WriteAsync"/> wrote.</summary>
    /// <returns>By column: [R], or [R, W] row after row.</returns>
    /// <exception cref="AssetMissingException">There is no such file.</exception>
    /// <exception cref="CorruptFileException">It is no whole table.</exception>
    public static async Task<IReadOnlyDictionary<string, Array>> ReadAsync(string path, CancellationToken cancel = default)
    {
        InputFile.Require(path, "The table", "Name a Parquet file.");
        try
        {
            await using ParquetReader reader = await ParquetReader.CreateAsync(path, cancellationToken: cancel);
            var values = new Dictionary<string, Array>(StringComparer.Ordinal);
            using ParquetRowGroupReader group = reader.OpenRowGroupReader(0);
            foreach (DataField field in reader.Schema.DataFields)
                values[NameOf(field)] = field.ClrType == typeof(string) || field.ClrType == typeof(ReadOnlyMemory<char>)
                    ? await ReadTextsAsync(group, field, cancel)
                    : await ParquetColumn.For(NameOf(field), field.ClrType).ReadAsync(group, field, cancel);
            return values;
        }
        // a reader of foreign bytes fails in many ways
        catch (Exception error) when (error is not (OperationCanceledException or UnauthorizedAccessException))
        {
            throw new CorruptFileException(path, "a whole Parquet table",
                $"something else ({error.Message.ReplaceLineEndings(" ").TrimEnd('.')})", "It may be cut off; write it again.", error);
        }
    }

    private static int RowsOf(TableColumn column) => column.Values.Length / Math.Max(1, column.Width);

    private static string NameOf(DataField field) => field.Path.FirstPart!;

    private static Field FieldOf(TableColumn column)
    {
        Type type = column.Values.GetType().GetElementType()!;
        if (type != typeof(string)) ParquetColumn.For(column.Name, type);
        return column.Width > 0
            ? new ListField(column.Name, new DataField(Element, type, isNullable: false))
            : new DataField(column.Name, type, isNullable: false);
    }

    private static async Task WriteColumnAsync(ParquetRowGroupWriter group, DataField field, TableColumn column, int rows,
        CancellationToken cancel)
    {
        if (column.Values is not string[] texts)
        {
            await ParquetColumn.For(column.Name, column.Values.GetType().GetElementType()!)
                .WriteAsync(group, field, column.Values, rows, cancel);
            return;
        }

        if (column.Width == 0)
        {
            await group.WriteAsync(field, texts);
            return;
        }

        ReadOnlyMemory<char>[] letters = Array.ConvertAll(texts, text => text.AsMemory());
        int[] present = new int[texts.Length], repeats = [.. Enumerable.Range(0, texts.Length).Select(i => i % column.Width == 0 ? 0 : 1)];
        Array.Fill(present, field.MaxDefinitionLevel);
        await group.WriteAllPartsAsync<ReadOnlyMemory<char>>(field, letters, present, repeats, cancellationToken: cancel);
    }

    private static async Task<Array> ReadTextsAsync(ParquetRowGroupReader group, DataField field, CancellationToken cancel)
    {
        int count = checked((int)(group.GetMetadata(field)?.MetaData?.NumValues ?? 0));
        if (field.MaxRepetitionLevel == 0)
        {
            string?[] texts = new string?[count];
            await group.ReadAsync(field, texts.AsMemory(), null, cancel);
            return Array.TrueForAll(texts, text => text is not null)
                ? texts
                : throw new FormatException($"column {NameOf(field)} has a row without text");
        }

        var letters = new ReadOnlyMemory<char>[count];
        int[] present = new int[count], repeats = new int[count];
        await group.ReadRawAsync<ReadOnlyMemory<char>>(field, letters, present, repeats, cancel);
        return Array.TrueForAll(present, level => level == field.MaxDefinitionLevel)
            ? Array.ConvertAll(letters, text => text.ToString())
            : throw new FormatException($"column {NameOf(field)} has an empty list");
    }
}
