// Stands in for the editor's module where client code is only loaded, to read its tables.
export const version = '0.0.0';
