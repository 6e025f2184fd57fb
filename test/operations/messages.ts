/** Messages of a loan system about customers who are told apart by their number. */
type Data = Readonly<Record<string, unknown>>;

function message(type: string, id: string, data: Data): string {
  const time = '2024-01-15T10:00:00+08:00';
  return JSON.stringify({ specversion: '1.0', id, source: '/core', type: `lending.${type}.v1`, time, data });
}

export function registered(customerId: string): string {
  const data = { customerId, kind: 'personal', registeredOn: '2024-01-02', branchId: 'B1', officerId: 'O1' };
  return message('customer.registered', `reg-${customerId}`, data);
}

export function contacted(customerId: string, no: number): string {
  const data = { customerId, contactId: `K-${customerId}-${no}`, madeOn: '2024-01-10', by: 'O1', channel: 'visit' };
  return message('contact.made', `con-${customerId}-${no}`, data);
}

export function disbursed(customerId: string, loanId: string): string {
  const terms = { product: 'micro', principal: '70000.50', currency: 'CNY' };
  const data = { loanId, customerId, ...terms, disbursedOn: '2024-01-15', maturesOn: '2025-01-15' };
  return message('loan.disbursed', `dis-${loanId}`, data);
}

/** Names its loan only: pending until somebody claims it. */
export function settled(loanId: string): string {
  return message('loan.settled', `set-${loanId}`, { loanId, settledOn: '2024-12-15' });
}

export function customers(count: number, prefix = 'C'): string[] {
  return Array.from({ length: count }, (_, no) => registered(`${prefix}${no}`));
}
