metadata description = 'A budget on Hubwarden itself.'

@description('What a month may cost, in the billing currency.')
@minValue(1)
param amount int

@description('First day of the month in which the budget was made; Azure never lets it be changed.')
param start string

@description('Action group that is told, besides the owners of the resource group.')
param actionGroupId string

resource budget 'Microsoft.Consumption/budgets@2024-08-01' = {
  name: 'hubwarden'
  properties: {
    category: 'Cost'
    amount: amount
    timeGrain: 'Monthly'
    timePeriod: {
      startDate: start
    }
    notifications: {
      nearly: {
        enabled: true
        operator: 'GreaterThanOrEqualTo'
        threshold: 80
        thresholdType: 'Actual'
        contactEmails: []
        contactGroups: [actionGroupId]
        contactRoles: ['Owner']
      }
      foreseen: {
        enabled: true
        operator: 'GreaterThanOrEqualTo'
        threshold: 100
        thresholdType: 'Forecasted'
        contactEmails: []
        contactGroups: [actionGroupId]
        contactRoles: ['Owner']
      }
    }
  }
}
