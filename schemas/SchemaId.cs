namespace StreamDeploy.Schemas;

/// <summary>How a record names its schema: by a number, which one registry gave, or by a GUID, which is the same in every registry.</summary>
public readonly record struct SchemaId
{
    private SchemaId(int number, Guid guid) => (Number, Guid) = (number, guid);

    /// <summary>0 where the schema is named by its GUID.</summary>
    public int Number { get; }

    public Guid Guid { get; }

    public bool IsGuid => Number == 0;

    /// <param name="number">From 1.</param>
    public static SchemaId Of(int number) => new(number, Guid.Empty);

    public static SchemaId Of(Guid guid) => new(0, guid);

    public override string ToString() => IsGuid ? Guid.ToString() : Number.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
