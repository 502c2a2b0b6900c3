using System.Linq.Expressions;
using System.Reflection;

namespace StreamDeploy.Schemas.Avro;

/// <summary>Writes one value.</summary>
internal delegate void WriteValue<in T>(ref AvroOutput output, T value);

/// <summary>A compiled writer, filled after it is handed out, as <see cref="ReadSlot{T}"/>.</summary>
internal sealed class WriteSlot<T>
{
    public WriteValue<T> Write = null!;
}

/// <summary>Compiles the way from our records to bytes.</summary>
internal sealed class WritePlan
{
    private readonly ParameterExpression output = Expression.Parameter(typeof(AvroOutput).MakeByRefType(), "output");
    private readonly Dictionary<RecordBinding, object> records = [];

    public static WriteValue<T> Compile<T>(BoundType type)
    {
        var plan = new WritePlan();
        return ((WriteSlot<T>)plan.Slot(type, type.Schema is NamedType named ? named.Name : type.Schema.Label)).Write;
    }

    private Expression Write(BoundType type, Expression value, string where)
    {
        if (!type.Nullable)
            return WriteCore(type, value, where);
        Expression isNull = Expression.Equal(value, Expression.Constant(null, type.Clr));
        Expression core = type.Core == type.Clr ? value : Expression.Property(value, nameof(Nullable<int>.Value));
        return Expression.IfThenElse(
            isNull,
            Call(nameof(WriteLong), [], Expression.Constant((long)type.NullIndex)),
            Expression.Block(Call(nameof(WriteLong), [], Expression.Constant(1L - type.NullIndex)), WriteCore(type, core, where)));
    }

    private Expression WriteCore(BoundType type, Expression value, string where)
    {
        ConstantExpression path = Expression.Constant(where);
        switch (type.Schema.Kind)
        {
            case AvroKind.Record:
                return Expression.Invoke(Expression.Field(Expression.Constant(RecordSlot(type.Record!)), nameof(WriteSlot<int>.Write)), output, value);
            case AvroKind.Enum:
                return Call(nameof(WriteEnum), [], Expression.Convert(value, typeof(int)), Expression.Constant(type.Enum), path);
            case AvroKind.Array:
                return Call(nameof(WriteArray), [type.Item!.Clr], value, Expression.Constant(Slot(type.Item, where + "[]")), path);
            case AvroKind.Map:
                return Call(nameof(WriteMap), [type.Item!.Clr], value, Expression.Constant(Slot(type.Item, where + "[]")), path);
            case AvroKind.Fixed:
                return Call(nameof(WriteFixed), [], value, Expression.Constant(((FixedType)type.Schema).Size), path);
            case AvroKind.String:
                return Call(nameof(WriteString), [], value, path);
            case AvroKind.Bytes:
                return Call(nameof(WriteBytes), [], value, path);
            case AvroKind.Int:
                return Call(nameof(WriteLong), [], Expression.Convert(value, typeof(long)));
            case AvroKind.Long:
                return Call(nameof(WriteLong), [], value);
            case AvroKind.Boolean:
                return Call(nameof(WriteBoolean), [], value);
            case AvroKind.Float:
                return Call(nameof(WriteFloat), [], value);
            default:
                return Call(nameof(WriteDouble), [], value);
        }
    }

    private object RecordSlot(RecordBinding record)
    {
        if (records.TryGetValue(record, out object? slot))
            return slot;
        slot = Activator.CreateInstance(typeof(WriteSlot<>).MakeGenericType(record.Clr))!;
        records.Add(record, slot);
        ParameterExpression value = Expression.Parameter(record.Clr, "value");
        var steps = new List<Expression> { Call(nameof(EnterRecord), [], value, Expression.Constant(record.Clr.Name)) };
        foreach (BoundField field in record.Fields)
        {
            ParameterExpression member = Expression.Variable(field.Type.Clr, field.Schema.Name);
            Expression assign = Expression.Assign(member, Expression.Property(value, field.Property));
            steps.Add(Expression.Block([member], assign, Write(field.Type, member, field.Path)));
        }
        steps.Add(Call(nameof(Leave), []));
        Fill(slot, Expression.Block(steps), value);
        return slot;
    }

    private object Slot(BoundType type, string where)
    {
        object slot = Activator.CreateInstance(typeof(WriteSlot<>).MakeGenericType(type.Clr))!;
        ParameterExpression value = Expression.Parameter(type.Clr, "value");
        Fill(slot, Write(type, value, where), value);
        return slot;
    }

    private void Fill(object slot, Expression body, ParameterExpression value)
    {
        Type type = typeof(WriteValue<>).MakeGenericType(value.Type);
        slot.GetType().GetField(nameof(WriteSlot<int>.Write))!.SetValue(slot, Expression.Lambda(type, body, output, value).Compile());
    }

    private MethodCallExpression Call(string method, Type[] types, params Expression[] arguments)
    {
        MethodInfo found = typeof(WritePlan).GetMethod(method, BindingFlags.Static | BindingFlags.NonPublic)!;
        return Expression.Call(types.Length == 0 ? found : found.MakeGenericMethod(types), [output, .. arguments]);
    }

    private static void WriteLong(ref AvroOutput output, long value) => output.WriteLong(value);

    private static void WriteBoolean(ref AvroOutput output, bool value) => output.WriteBoolean(value);

    private static void WriteFloat(ref AvroOutput output, float value) => output.WriteFloat(value);

    private static void WriteDouble(ref AvroOutput output, double value) => output.WriteDouble(value);

    private static void WriteString(ref AvroOutput output, string? value, string where) => output.WriteString(value ?? throw Missing(where));

    private static void WriteBytes(ref AvroOutput output, byte[]? value, string where) => output.WriteBytes(value ?? throw Missing(where));

    private static void WriteFixed(ref AvroOutput output, byte[]? value, int size, string where)
    {
        if ((value ?? throw Missing(where)).Length != size)
            throw new AvroException($"{where}: {value.Length} bytes, the schema has {size}");
        output.WriteFixed(value);
    }

    private static void WriteEnum(ref AvroOutput output, int value, EnumBinding symbols, string where)
    {
        if (!symbols.Indexes.TryGetValue(value, out int index))
            throw new AvroException($"{where}: {value} is no symbol of {symbols.Schema.FullName}");
        output.WriteLong(index);
    }

    private static void WriteArray<T>(ref AvroOutput output, T[]? items, WriteSlot<T> slot, string where)
    {
        output.Enter();
        if ((items ?? throw Missing(where)).Length > 0)
        {
            output.WriteLong(items.Length);
            foreach (T item in items)
                slot.Write(ref output, item);
        }
        output.WriteLong(0);
        output.Leave();
    }

    private static void WriteMap<T>(ref AvroOutput output, IReadOnlyDictionary<string, T>? entries, WriteSlot<T> slot, string where)
    {
        output.Enter();
        if ((entries ?? throw Missing(where)).Count > 0)
        {
            output.WriteLong(entries.Count);
            foreach ((string key, T value) in entries)
            {
                output.WriteString(key);
                slot.Write(ref output, value);
            }
        }
        output.WriteLong(0);
        output.Leave();
    }

    private static void EnterRecord(ref AvroOutput output, object? value, string where)
    {
        if (value is null)
            throw Missing(where);
        output.Enter();
    }

    private static void Leave(ref AvroOutput output) => output.Leave();

    private static AvroException Missing(string where) => new($"{where}: null, which the schema does not allow");
}
